package io.headgate.bench.e2e;

import java.util.List;

/**
 * Applications that are compared with each other: the same records, the same limit.
 *
 * @param name of the comparison
 * @param guarantee {@code processing.guarantee}
 * @param threads stream threads of each
 * @param keys of the workload
 * @param partitions of the workload
 * @param share of the records to block
 * @param buckets of the window
 * @param variants in turn; the first is what the others are compared with
 */
record Group(
    String name,
    String guarantee,
    int threads,
    int keys,
    int partitions,
    double share,
    int buckets,
    List<Variant> variants) {

  static final int KEYS = 10_000;
  static final int BUCKETS = 60;

  static Group of(String name, String guarantee, double share, Variant... variants) {
    return new Group(name, guarantee, 1, KEYS, 1, share, BUCKETS, List.of(variants));
  }

  Group withKeys(int newKeys) {
    return new Group(name, guarantee, threads, newKeys, partitions, share, buckets, variants);
  }

  Group withThreads(int newThreads, int newPartitions) {
    return new Group(name, guarantee, newThreads, keys, newPartitions, share, buckets, variants);
  }

  Group withBuckets(int newBuckets) {
    return new Group(name, guarantee, threads, keys, partitions, share, newBuckets, variants);
  }
}
