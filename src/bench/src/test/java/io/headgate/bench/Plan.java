package io.headgate.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is compared with what: the one list that the runs, the table and the figures are made from.
 */
final class Plan {

  /** What a limiter pays that reads {@link System#nanoTime()} itself. */
  static final String CLOCK = "LimiterBenchmarks.clock";

  /** Ours, of the figures that are no ratios. */
  static final String HOT = "LimiterBenchmarks.headgate";

  /** One record's whole way, step by step. */
  static final List<Row> STEPS =
      List.of(
          Row.of("hash of a key of 16 bytes, 128 bits", "HashBenchmarks.headgate"),
          Row.of("look-up of its row", "LimiterBenchmarks.headgateFind"),
          Row.of("verdict and charge", HOT));

  static final List<Section> SECTIONS =
      List.of(
          hot(),
          manyKeys(),
          shared("hot", "one hot key", 1),
          shared("hot", "one hot key", 2),
          shared("many", "100,000 keys in random order", 1),
          shared("many", "100,000 keys in random order", 2),
          ringSingle(),
          ringBatched(),
          poolAcross(),
          poolSame(),
          lock("nobody else wants it", 1, "lock.t1.vs.reentrant"),
          lock("2 threads want it", 2, "lock.t2.vs.reentrant"),
          lock(
              "4 threads want it: 2 to a core, if there are 2",
              4,
              "lock.oversubscribed.vs.reentrant"),
          index(),
          hash(),
          fingerprint());

  private Plan() {}

  /** How many threads of its own a benchmark is run by. */
  static int threads(String benchmark) {
    int at = benchmark.indexOf('@');
    return at < 0 ? 1 : Integer.parseInt(benchmark.substring(at + 1));
  }

  /** The class and the method of a benchmark. */
  static String method(String benchmark) {
    int at = benchmark.indexOf('@');
    return at < 0 ? benchmark : benchmark.substring(0, at);
  }

  /**
   * A line of a table.
   *
   * @param label what it is
   * @param benchmark class, method, and {@code @threads} if there are several
   * @param net the same benchmark without the peer's own clock, if it can do without
   * @param readsClock true if the clock can only be subtracted
   * @param key the figure that this line's ratio goes into; of several the least
   */
  record Row(
      String label,
      String benchmark,
      @Nullable String net,
      boolean readsClock,
      @Nullable String key) {

    static Row of(String label, String benchmark) {
      return new Row(label, benchmark, null, false, null);
    }

    Row into(String figure) {
      return new Row(label, benchmark, net, readsClock, figure);
    }

    Row withNet(String other) {
      return new Row(label, benchmark, other, readsClock, key);
    }

    Row readingClock() {
      return new Row(label, benchmark, net, true, key);
    }
  }

  /**
   * A table: benchmarks that are run in turn, and compared with ours.
   *
   * @param title what is done
   * @param threads threads that do it
   * @param peers the others, baselines first
   * @param ours the line that the others are compared with
   * @param more further lines of ours
   */
  record Section(String title, int threads, List<Row> peers, Row ours, List<Row> more) {

    /** All lines, ours last. */
    List<Row> rows() {
      List<Row> rows = new ArrayList<>(peers);
      rows.addAll(more);
      rows.add(ours);
      return rows;
    }

    /** Everything that must be measured for it. */
    Set<String> benchmarks() {
      Set<String> names = new LinkedHashSet<>();
      for (Row row : rows()) {
        names.add(row.benchmark());
        if (row.net() != null) {
          names.add(row.net());
        }
      }
      return names;
    }
  }

  private static Section hot() {
    return new Section(
        "limiter: one key, its bucket or row in hand, admitted",
        1,
        List.of(
            Row.of("clock: System.nanoTime", CLOCK),
            Row.of("Bucket4j NONE", "LimiterBenchmarks.bucket4j")
                .withNet("LimiterBenchmarks.bucket4jCallersTime")
                .into("limiter.hot.vs.bucket4j_none"),
            Row.of("Sentinel LeapArray, sum then add", "LimiterBenchmarks.sentinel")
                .into("limiter.hot.vs.sentinel")),
        Row.of("headgate: bucket, judge", HOT),
        List.of(
            Row.of("headgate, blocked", "LimiterBenchmarks.headgateBlocked"),
            Row.of("headgate, look-up of the row", "LimiterBenchmarks.headgateFind")));
  }

  private static Section manyKeys() {
    return new Section(
        "limiter: 1,000,000 keys in random order, found by a long",
        1,
        List.of(
            Row.of("HashMap + Bucket4j NONE", "LimiterBenchmarks.manyBucket4j")
                .withNet("LimiterBenchmarks.manyBucket4jCallersTime")
                .into("limiter.keys1m.vs.hashmap_bucket4j_none")),
        Row.of("headgate: hash, find, judge; 10 buckets", "LimiterBenchmarks.manyHeadgate"),
        List.of(Row.of("headgate, 60 buckets", "LimiterBenchmarks.manyHeadgateSixtyBuckets")));
  }

  private static Section shared(String prefix, String what, int threads) {
    String figure = "limiter.shared.t" + threads + ".vs.best";
    String start = "SharedLimiterBenchmarks." + prefix;
    String end = threads == 1 ? "" : "@" + threads;
    List<Row> peers = new ArrayList<>();
    if (prefix.equals("hot")) {
      peers.add(
          Row.of(
              "Bucket4j LOCK_FREE net, bucket in hand",
              "SharedLimiterBenchmarks.bareBucket4jCallersTime" + end));
    }
    peers.add(
        Row.of("map + Bucket4j LOCK_FREE", start + "Bucket4j" + end)
            .withNet(start + "Bucket4jCallersTime" + end)
            .into(figure));
    peers.add(
        Row.of("map + Resilience4j", start + "Resilience4j" + end).readingClock().into(figure));
    peers.add(Row.of("map + Guava", start + "Guava" + end).readingClock().into(figure));
    return new Section(
        "thread-safe limiter: " + what,
        threads,
        peers,
        Row.of("headgate RateLimiter", start + "Headgate" + end),
        List.of());
  }

  private static Section ringSingle() {
    return new Section(
        "ring: offer and poll, one at a time",
        2,
        List.of(
            Row.of("JCTools SpscVarHandleArrayQueue", "SpscBenchmarks.jctoolsPoll")
                .into("spsc.poll.vs.jctools")),
        Row.of("headgate: offer, poll", "SpscBenchmarks.headgatePoll"),
        List.of());
  }

  private static Section ringBatched() {
    return new Section(
        "ring: each queue's quickest idiom",
        2,
        List.of(
            Row.of("ArrayBlockingQueue: offer, drainTo", "SpscBenchmarks.arrayBlockingQueue")
                .into("spsc.vs.abq"),
            Row.of("Disruptor: next(32), EventPoller", "SpscBenchmarks.disruptorPoller")
                .into("spsc.vs.disruptor"),
            Row.of("Agrona OneToOne queue: offer, drain", "SpscBenchmarks.agronaDrain")
                .into("spsc.vs.agrona"),
            Row.of("JCTools SpscArrayQueue: offer, drain", "SpscBenchmarks.jctoolsDrain")
                .into("spsc.drain.vs.jctools")),
        Row.of("headgate: offerLazy, flush per 32, drain", "SpscBenchmarks.headgateDrain"),
        List.of());
  }

  private static Section poolAcross() {
    return new Section(
        "pool: 64 of 256 bytes to another thread, the buffer back",
        2,
        List.of(
            Row.of("new byte[256] + JCTools", "PoolBenchmarks.crossNewJctools")
                .into("pool.cross.vs.new_jctools"),
            Row.of("Netty Recycler + JCTools", "PoolBenchmarks.crossRecyclerJctools")
                .into("pool.cross.vs.recycler_jctools")),
        Row.of("headgate: pool, slab, two rings", "PoolBenchmarks.crossHeadgate"),
        List.of());
  }

  private static Section poolSame() {
    return new Section(
        "pool: one thread takes a buffer and gives it back",
        1,
        List.of(
            Row.of("ArrayDeque<byte[]>: poll, push", "PoolBenchmarks.sameArrayDeque")
                .into("pool.same.vs.arraydeque")),
        Row.of("headgate: acquire, release", "PoolBenchmarks.sameHeadgate"),
        List.of(Row.of("headgate, the slot's page too", "PoolBenchmarks.sameHeadgateWithPage")));
  }

  private static Section lock(String what, int threads, String figure) {
    String end = threads == 1 ? "" : "@" + threads;
    return new Section(
        "lock: an addition under it; " + what,
        threads,
        List.of(Row.of("ReentrantLock", "LockBenchmarks.reentrantLock" + end).into(figure)),
        Row.of("headgate SpinLock", "LockBenchmarks.headgate" + end),
        List.of());
  }

  private static Section index() {
    String figure = "index.get1m.vs.best";
    return new Section(
        "index: the row of one of 1,000,000 keys, all its 128 bits compared; a hit, random order",
        1,
        List.of(
            Row.of("HashMap<Long, Integer>", "IndexBenchmarks.hashMap"),
            Row.of("HPPC LongIntHashMap", "IndexBenchmarks.hppc"),
            Row.of("Eclipse Collections LongIntHashMap", "IndexBenchmarks.eclipseCollections"),
            Row.of("fastutil Long2IntOpenHashMap", "IndexBenchmarks.fastutil"),
            Row.of("HashMap, then the row", "IndexBenchmarks.hashMapAndRow").into(figure),
            Row.of("HPPC, then the row", "IndexBenchmarks.hppcAndRow").into(figure),
            Row.of("Eclipse, then the row", "IndexBenchmarks.eclipseCollectionsAndRow")
                .into(figure),
            Row.of("fastutil, then the row", "IndexBenchmarks.fastutilAndRow").into(figure)),
        Row.of("headgate: the index, then the row", "IndexBenchmarks.headgate"),
        List.of());
  }

  private static Section hash() {
    return new Section(
        "hash: a key of 16 bytes, 64 bits of it",
        1,
        List.of(
            Row.of("hash4j xxh3, 64 bits", "HashBenchmarks.xxh364").into("hash.16B.vs.xxh3_64")),
        Row.of("headgate, one half", "HashBenchmarks.headgateHalf"),
        List.of());
  }

  private static Section fingerprint() {
    return new Section(
        "hash: a key of 16 bytes, 128 bits of it, as every record needs",
        1,
        List.of(Row.of("hash4j xxh3, 128 bits", "HashBenchmarks.xxh3128")),
        Row.of("headgate, both halves", "HashBenchmarks.headgate"),
        List.of());
  }
}
