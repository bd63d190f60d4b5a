package io.headgate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;

/** The threads of a broker, without a broker. */
class BrokerThreadsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final BrokerThreads threads = new BrokerThreads("test-broker");

  @Test
  void anEndOfTheJvmThatKafkaAsksForBecomesAFault() {
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> threads.call("halt", LONG, () -> Exit.halt(1, "all log dirs failed")))
        .withMessageContaining("halt of the JVM with status 1: all log dirs failed");
    assertThat(threads.firstFault())
        .hasMessageContaining("test-broker")
        .hasMessageContaining("halt");

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> threads.call("exit", LONG, () -> Exit.exit(3)))
        .withMessageContaining("exit of the JVM with status 3");
    assertThat(threads.firstFault()).hasMessageContaining("halt");
  }

  @Test
  void whatAnActionThrowsReachesTheCaller() {
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(
            () ->
                threads.call(
                    "fail",
                    LONG,
                    () -> {
                      throw new IllegalStateException("no");
                    }))
        .withCauseInstanceOf(IllegalStateException.class);
    assertThat(threads.awaitEnd(LONG)).isEmpty();
  }

  @Test
  void anActionOverItsLimitIsInterrupted() {
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> threads.call("hang", SHORT, () -> new CountDownLatch(1).await()));
    assertThat(threads.awaitEnd(LONG)).isEmpty();
  }

  @Test
  void anInterruptedCallerStillWaitsAndStaysInterrupted() {
    CountDownLatch ran = new CountDownLatch(1);
    Thread.currentThread().interrupt();
    assertThatNoException().isThrownBy(() -> threads.call("run", LONG, ran::countDown));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ran.getCount()).isZero();
  }

  @Test
  void threadsThatDoNotEndAreNamed() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    // The thread inherits the group, as a thread that a broker's thread starts does.
    threads.call(
        "start", LONG, () -> new Thread(() -> awaitQuietly(release), "left-behind").start());

    assertThat(threads.awaitEnd(SHORT)).extracting(Thread::getName).containsExactly("left-behind");
    release.countDown();
    assertThat(threads.awaitEnd(LONG)).isEmpty();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
