package io.headgate.bench.e2e;

import org.apache.kafka.streams.StreamsConfig;

/**
 * One application that is measured.
 *
 * @param application its id, and so its group, its changelog and its topics
 * @param variant what stands between input and output
 * @param guarantee {@code processing.guarantee}
 * @param threads stream threads
 * @param bootstrap where the broker is
 * @param input topic of the workload
 * @param keys of the workload
 * @param load the limit, and what it blocks
 * @param lingerMillis of Kafka Streams' producer; -1 for its default, 100 ms
 */
record Setup(
    String application,
    Variant variant,
    String guarantee,
    int threads,
    String bootstrap,
    String input,
    int keys,
    Load load,
    int lingerMillis) {

  static final String ALOS = StreamsConfig.AT_LEAST_ONCE;
  static final String EOS = StreamsConfig.EXACTLY_ONCE_V2;

  private static final int EOS_COMMIT_MILLIS = 100;
  private static final int ALOS_COMMIT_MILLIS = 1000;

  String output() {
    return application + "-output";
  }

  String blocked() {
    return application + "-blocked";
  }

  /**
   * Kafka's default for exactly-once. For at-least-once that is half a minute, longer than what is
   * measured; with a second, what a commit costs is in every figure.
   */
  int commitMillis() {
    return guarantee.equals(EOS) ? EOS_COMMIT_MILLIS : ALOS_COMMIT_MILLIS;
  }
}
