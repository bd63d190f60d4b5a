/** The limiter and its structures. Needs the JDK alone; knows nothing of Kafka. */
module io.headgate.core {
  requires static org.jspecify;

  exports io.headgate;
  exports io.headgate.concurrent;
  exports io.headgate.memory;
  exports io.headgate.window;
}
