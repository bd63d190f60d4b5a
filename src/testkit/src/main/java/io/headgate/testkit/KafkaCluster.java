package io.headgate.testkit;

/**
 * A Kafka cluster of several brokers whose faults a test can bring about, one broker at a time.
 * Brokers are numbered from 0. Belongs to one thread at a time.
 */
public interface KafkaCluster extends AutoCloseable {

  /** {@return the addresses for clients, of all brokers; they stay the same over restarts} */
  String bootstrapServers();

  /** {@return how many brokers there are, running or not} */
  int size();

  /**
   * Ends a broker as a crash does: it says goodbye to nobody and writes nothing any more.
   *
   * @param broker which one; it runs
   */
  void kill(int broker);

  /**
   * Stops a broker as an operator does: it hands its partitions over first.
   *
   * @param broker which one; it runs
   */
  void stop(int broker);

  /**
   * Starts a broker that was killed or stopped, with the data it had.
   *
   * @param broker which one
   */
  void start(int broker);

  /**
   * Freezes a broker: its connections stay, and nothing answers.
   *
   * @param broker which one; it runs
   */
  void suspend(int broker);

  /**
   * Lets a frozen broker go on.
   *
   * @param broker which one
   */
  void resume(int broker);

  /** Ends all brokers. */
  @Override
  void close();
}
