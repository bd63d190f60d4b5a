package io.headgate.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpscLongRingPropertiesTest {

  private static final long MESSAGES = 5_000_000;

  enum Kind {
    OFFER,
    OFFER_LAZY,
    FLUSH,
    POLL,
    DRAIN,
    DRAIN_AND_THROW
  }

  /** The number is what is offered, or the limit of a drain. */
  record Action(Kind kind, long number) {}

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<Kind> kind =
        Arbitraries.frequency(
            Tuple.of(6, Kind.OFFER),
            Tuple.of(6, Kind.OFFER_LAZY),
            Tuple.of(3, Kind.FLUSH),
            Tuple.of(6, Kind.POLL),
            Tuple.of(2, Kind.DRAIN),
            Tuple.of(1, Kind.DRAIN_AND_THROW));
    Arbitrary<Long> number = Arbitraries.longs().filter(value -> value != SpscLongRing.EMPTY);
    return Combinators.combine(kind, number).as(Action::new).list().ofMaxSize(300);
  }

  /** Where the indices stand at the start: an index goes far beyond an {@code int}. */
  @Provide
  Arbitrary<Long> first() {
    return Arbitraries.of(0L, 1L, (1L << 31) - 3, (1L << 32) - 3, (1L << 40) - 3);
  }

  @Property(tries = 2_000)
  void shouldGiveWhatADequeWould(
      @ForAll("actions") List<Action> actions,
      @ForAll("capacity") int capacity,
      @ForAll("first") long first) {
    SpscLongRing ring = new SpscLongRing(capacity);
    ring.tail = ring.next = ring.headCopy = first;
    ring.head = ring.take = ring.tailCopy = first;
    Deque<Long> published = new ArrayDeque<>();
    Deque<Long> lazy = new ArrayDeque<>();
    for (Action action : actions) {
      long number = action.number;
      boolean room = published.size() + lazy.size() < ring.capacity();
      switch (action.kind) {
        case OFFER -> {
          assertThat(ring.offer(number)).isEqualTo(room);
          if (room) {
            published.addAll(lazy);
            published.add(number);
            lazy.clear();
          }
        }
        case OFFER_LAZY -> {
          assertThat(ring.offerLazy(number)).isEqualTo(room);
          if (room) {
            lazy.add(number);
          }
        }
        case FLUSH -> {
          ring.flush();
          published.addAll(lazy);
          lazy.clear();
        }
        case POLL -> {
          Long oldest = published.poll();
          assertThat(ring.poll()).isEqualTo(oldest == null ? SpscLongRing.EMPTY : oldest);
        }
        case DRAIN -> drain(ring, published, (int) number % 20);
        case DRAIN_AND_THROW -> drainAndThrow(ring, published, (int) number & 3);
      }
      assertThat(ring.size()).isEqualTo(published.size());
    }
  }

  @Provide
  Arbitrary<Integer> capacity() {
    return Arbitraries.integers().between(1, 33);
  }

  private static void drain(SpscLongRing ring, Deque<Long> published, int limit) {
    List<Long> taken = new ArrayList<>();
    int count = ring.drain(taken::add, limit);

    assertThat(count).isEqualTo(taken.size());
    assertThat(count).isBetween(0, Math.max(0, limit));
    assertThat(count > 0).isEqualTo(limit > 0 && !published.isEmpty());
    for (long element : taken) {
      assertThat(published.poll()).isEqualTo(element);
    }
  }

  private static void drainAndThrow(SpscLongRing ring, Deque<Long> published, int passes) {
    List<Long> taken = new ArrayList<>();
    LongConsumer consumer =
        element -> {
          taken.add(element);
          if (taken.size() > passes) {
            throw new IllegalStateException("of the test");
          }
        };
    try {
      assertThat(ring.drain(consumer, 100)).isEqualTo(taken.size()).isLessThanOrEqualTo(passes);
    } catch (IllegalStateException e) {
      assertThat(taken).hasSize(passes + 1);
    }
    // What the consumer was given is taken, the one it threw at too.
    for (long element : taken) {
      assertThat(published.poll()).isEqualTo(element);
    }
  }

  @Test
  void shouldKeepWhatComesAfterTheElementThatTheConsumerThrewAt() {
    SpscLongRing ring = new SpscLongRing(4);
    for (long element = 1; element <= 4; element++) {
      ring.offer(element);
    }
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                ring.drain(
                    element -> {
                      if (element == 2) {
                        throw new IllegalStateException("of the test");
                      }
                    },
                    4));

    assertThat(ring.size()).isEqualTo(2);
    assertThat(ring.offer(5)).isTrue();
    assertThat(ring.poll()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2",
    "2, 2",
    "3, 4",
    "4, 4",
    "5, 8",
    "8, 8",
    "9, 16",
    "1000, 1024",
    "1024, 1024",
    "16777215, 16777216",
    "16777216, 16777216"
  })
  void shouldRoundItsCapacityUpToAPowerOfTwo(int minCapacity, int capacity) {
    SpscLongRing ring = new SpscLongRing(minCapacity);
    assertThat(ring.capacity()).isEqualTo(capacity);

    for (int i = 1; i <= capacity; i++) {
      if (!ring.offerLazy(i)) {
        throw new AssertionError("full at " + i);
      }
    }
    assertThat(ring.offerLazy(1)).isFalse();
    assertThat(ring.offer(1)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (1 << 24) + 1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void shouldRefuseACapacityOutOfRange(int capacity) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SpscLongRing(capacity))
        .withMessage("ring of " + capacity + ": expected 1 to 16777216 elements");
  }

  @Test
  void shouldHideLazyElementsUntilTheyAreFlushed() {
    SpscLongRing ring = new SpscLongRing(8);
    ring.offerLazy(1);
    ring.offerLazy(2);

    assertThat(ring.size()).isZero();
    assertThat(ring.poll()).isEqualTo(SpscLongRing.EMPTY);
    assertThat(ring.drain(element -> {}, 8)).isZero();
    ring.flush();
    assertThat(ring.size()).isEqualTo(2);
    assertThat(ring.poll()).isEqualTo(1);
    assertThat(ring.poll()).isEqualTo(2);
    assertThat(ring.poll()).isEqualTo(SpscLongRing.EMPTY);
  }

  @Test
  void shouldCatchTheValueThatMeansEmptyUnderAssertions() {
    SpscLongRing ring = new SpscLongRing(8);

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> ring.offer(SpscLongRing.EMPTY));
    assertThat(ring.size()).isZero();
  }

  @Test
  void shouldCatchASecondProducerUnderAssertionsUnlessItWasHandedOver() {
    SpscLongRing ring = new SpscLongRing(8);
    ring.offer(1);

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> elsewhere(() -> ring.offer(2)));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> elsewhere(() -> ring.offerLazy(2)));
    ring.releaseProducer();
    elsewhere(() -> ring.offer(3));
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> ring.offer(4));

    assertThat(ring.size()).isEqualTo(2);
    assertThat(ring.poll()).isEqualTo(1);
    assertThat(ring.poll()).isEqualTo(3);
  }

  @Test
  void shouldCatchASecondConsumerUnderAssertionsUnlessItWasHandedOver() {
    SpscLongRing ring = new SpscLongRing(8);
    for (long element = 1; element <= 4; element++) {
      ring.offer(element);
    }
    assertThat(ring.poll()).isEqualTo(1);

    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> elsewhere(ring::poll));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> elsewhere(() -> ring.drain(element -> {}, 1)));
    ring.releaseConsumer();
    elsewhere(() -> assertThat(ring.poll()).isEqualTo(2));
    assertThatExceptionOfType(AssertionError.class).isThrownBy(ring::poll);
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> ring.drain(element -> {}, 1));

    assertThat(ring.size()).isEqualTo(2);
  }

  @Test
  void shouldLetOneThreadBeBothSidesAndAnyThreadAskForTheSize() {
    SpscLongRing ring = new SpscLongRing(8);
    ring.offer(1);
    ring.offer(2);
    assertThat(ring.poll()).isEqualTo(1);

    elsewhere(() -> assertThat(ring.size()).isEqualTo(1));
  }

  /** Runs on another thread, and throws what it throws. */
  private static void elsewhere(Runnable action) {
    try {
      CompletableFuture.runAsync(action, SpscLongRingPropertiesTest::start)
          .orTimeout(60, TimeUnit.SECONDS)
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof AssertionError error) {
        throw error;
      }
      throw e;
    }
  }

  @ParameterizedTest
  @CsvSource({"2, false", "1024, false", "1024, true"})
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void shouldHandOverEveryElementInOrderWithAllThatWasWrittenBeforeIt(
      int capacity, boolean batches) {
    SpscLongRing ring = new SpscLongRing(capacity);
    // Two places make it wait for nearly every element.
    long messages = capacity == 2 ? MESSAGES / 100 : MESSAGES;
    // Longer than the ring, so that no cell is written again before its reader is done with it.
    long[] payload = new long[4 * capacity];

    CompletableFuture<Void> producer =
        CompletableFuture.runAsync(
            () -> produce(ring, payload, messages, batches), SpscLongRingPropertiesTest::start);
    Consumer consumer = new Consumer(payload);
    int idle = 0;
    while (consumer.expected <= messages && !producer.isCompletedExceptionally()) {
      long before = consumer.expected;
      if (batches) {
        ring.drain(consumer, 300);
      } else {
        long element = ring.poll();
        if (element != SpscLongRing.EMPTY) {
          consumer.accept(element);
        }
      }
      idle = consumer.expected == before ? pause(idle) : 0;
    }
    producer.orTimeout(60, TimeUnit.SECONDS).join();

    assertThat(consumer.wrong).isZero();
    assertThat(consumer.expected).isEqualTo(messages + 1);
    assertThat(ring.size()).isZero();
    assertThat(ring.poll()).isEqualTo(SpscLongRing.EMPTY);
  }

  private static void produce(SpscLongRing ring, long[] payload, long messages, boolean batches) {
    int idle = 0;
    for (long element = 1; element <= messages; element++) {
      payload[(int) element & (payload.length - 1)] = -element;
      while (!(batches ? ring.offerLazy(element) : ring.offer(element))) {
        ring.flush();
        idle = pause(idle);
      }
      idle = 0;
      if (batches && element % 32 == 0) {
        ring.flush();
      }
    }
    ring.flush();
  }

  private static final class Consumer implements LongConsumer {
    private final long[] payload;
    private long expected = 1;
    private long wrong;

    Consumer(long[] payload) {
      this.payload = payload;
    }

    @Override
    public void accept(long element) {
      if (element != expected || payload[(int) element & (payload.length - 1)] != -element) {
        wrong++;
      }
      expected++;
    }
  }

  /** Gives the processor away after a while: there may be only one. */
  private static int pause(int idle) {
    if (idle < 200) {
      Thread.onSpinWait();
      return idle + 1;
    }
    LockSupport.parkNanos(1_000);
    return idle;
  }

  private static void start(Runnable runnable) {
    Thread thread = new Thread(runnable);
    // One that hangs must not hold the build up.
    thread.setDaemon(true);
    thread.start();
  }
}
