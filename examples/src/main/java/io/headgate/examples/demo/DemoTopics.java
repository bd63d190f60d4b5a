package io.headgate.examples.demo;

/**
 * The topics of one run, and the application between them.
 *
 * @param application id of the Kafka Streams application
 * @param input records as they were read
 * @param output records that passed
 * @param blocked events of the others
 * @param limits limits of single keys, which may be changed meanwhile
 */
record DemoTopics(String application, String input, String output, String blocked, String limits) {

  static DemoTopics named(String prefix) {
    return new DemoTopics(
        prefix, prefix + "-in", prefix + "-out", prefix + "-blocked", prefix + "-limits");
  }
}
