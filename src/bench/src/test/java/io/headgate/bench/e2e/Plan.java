package io.headgate.bench.e2e;

import static io.headgate.bench.e2e.Setup.ALOS;
import static io.headgate.bench.e2e.Setup.EOS;
import static io.headgate.bench.e2e.Variant.BEST_EFFORT;
import static io.headgate.bench.e2e.Variant.DSL_SLIDING;
import static io.headgate.bench.e2e.Variant.DSL_TUMBLING;
import static io.headgate.bench.e2e.Variant.HEADGATE;
import static io.headgate.bench.e2e.Variant.KV_CACHED;
import static io.headgate.bench.e2e.Variant.KV_MEMORY;
import static io.headgate.bench.e2e.Variant.KV_ROCKS;
import static io.headgate.bench.e2e.Variant.PASS_THROUGH;
import static io.headgate.bench.e2e.Variant.TRANSACTIONAL;
import static io.headgate.bench.e2e.Variant.UNLIMITED;

import java.util.ArrayList;
import java.util.List;

/** What is compared with what. */
final class Plan {

  static final String ALOS_1 = "alos.1pct";
  static final String ALOS_50 = "alos.50pct";
  static final String ALOS_99 = "alos.99pct";
  static final String EOS_1 = "eos.1pct";
  static final String KEYS_10M = "keys10m";

  static final String SLIDING = "sliding";

  /** Shares of the records that are blocked. */
  static final double FEW = 0.01;

  private static final double HALF = 0.5;
  private static final double NEARLY_ALL = 0.99;

  private static final int PARTITIONS = 16;

  private Plan() {}

  /** The comparisons; with {@code full}, those too that take long. */
  static List<Group> comparisons(boolean full) {
    List<Group> groups = new ArrayList<>();
    groups.add(
        Group.of(
            ALOS_1,
            ALOS,
            FEW,
            PASS_THROUGH,
            HEADGATE,
            BEST_EFFORT,
            KV_MEMORY,
            KV_CACHED,
            KV_ROCKS,
            DSL_TUMBLING));
    groups.add(Group.of(ALOS_50, ALOS, HALF, PASS_THROUGH, HEADGATE, UNLIMITED));
    groups.add(Group.of(ALOS_99, ALOS, NEARLY_ALL, PASS_THROUGH, HEADGATE, UNLIMITED));
    groups.add(Group.of(EOS_1, EOS, FEW, PASS_THROUGH, HEADGATE, TRANSACTIONAL));
    groups.add(Group.of("keys1", ALOS, FEW, PASS_THROUGH, HEADGATE).withKeys(1));
    groups.add(Group.of("keys1m", ALOS, FEW, PASS_THROUGH, HEADGATE).withKeys(1_000_000));
    if (full) {
      groups.add(Group.of(SLIDING, ALOS, FEW, PASS_THROUGH, HEADGATE, DSL_SLIDING));
      groups.add(Group.of("eos.50pct", EOS, HALF, PASS_THROUGH, HEADGATE, TRANSACTIONAL));
      groups.add(Group.of("eos.99pct", EOS, NEARLY_ALL, PASS_THROUGH, HEADGATE, TRANSACTIONAL));
      groups.add(Group.of(KEYS_10M, ALOS, FEW, PASS_THROUGH, HEADGATE).withKeys(10_000_000));
    }
    return groups;
  }

  /** How cost grows with each of four things, the others as they are in the comparisons. */
  static List<Group> growth(boolean full) {
    List<Group> groups = new ArrayList<>();
    for (int keys = 1_000; keys <= (full ? 10_000_000 : 1_000_000); keys *= 10) {
      groups.add(growing("keys-" + keys).withKeys(keys));
    }
    for (int partitions : new int[] {4, PARTITIONS, 64}) {
      groups.add(growing("partitions-" + partitions).withThreads(1, partitions));
    }
    groups.add(growing("threads-2").withThreads(2, PARTITIONS));
    for (int buckets : new int[] {10, 600, 3_000}) {
      groups.add(growing("buckets-" + buckets).withBuckets(buckets));
    }
    return groups;
  }

  private static Group growing(String name) {
    return Group.of(name, ALOS, FEW, PASS_THROUGH, HEADGATE);
  }
}
