package io.headgate.examples.demo;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lifelike traffic: users whose popularity falls as Zipf's law has it, a burst now and then, and
 * one abuser who never tires. Paced in real time. Belongs to one thread.
 */
final class Traffic implements LineSource {

  private static final int USERS = 5_000;
  private static final double ZIPF_EXPONENT = 0.7;
  private static final int PER_SECOND = 4_000;
  private static final int BURST_FACTOR = 4;
  private static final long BURST_EVERY_MILLIS = 7_000;
  private static final long BURST_MILLIS = 1_000;

  /** One record in so many is the abuser's. */
  private static final int ABUSE = 12;

  private static final String ABUSER = "203.0.113.66";
  private static final String[] PATHS = {"/", "/search", "/cart", "/api/items", "/login"};

  private final Random random;
  private final double[] cumulative = new double[USERS];
  private final LongSupplier clock;
  private long start = -1;
  private double due;

  /**
   * Makes traffic.
   *
   * @param seed of everything but the pace
   * @param clock milliseconds since the epoch
   */
  Traffic(long seed, LongSupplier clock) {
    this.random = new Random(seed);
    this.clock = clock;
    double sum = 0;
    for (int rank = 0; rank < USERS; rank++) {
      sum += 1 / Math.pow(rank + 1, ZIPF_EXPONENT);
      cumulative[rank] = sum;
    }
  }

  @Override
  public @Nullable Line next() {
    if (start < 0) {
      start = clock.getAsLong();
    }
    boolean burst = due % BURST_EVERY_MILLIS >= BURST_EVERY_MILLIS - BURST_MILLIS;
    due += 1000.0 / (burst ? PER_SECOND * BURST_FACTOR : PER_SECOND);
    long ahead = (long) due - (clock.getAsLong() - start);
    if (ahead > 1) {
      LockSupport.parkNanos(ahead * 1_000_000);
    }
    String key = random.nextInt(ABUSE) == 0 ? ABUSER : user();
    String path = PATHS[random.nextInt(PATHS.length)];
    return new Line(key, key + " GET " + path, clock.getAsLong());
  }

  private String user() {
    double at = random.nextDouble() * cumulative[USERS - 1];
    int found = Arrays.binarySearch(cumulative, at);
    int rank = Math.min(found < 0 ? -found - 1 : found, USERS - 1);
    return "10.0." + rank / 250 + "." + (rank % 250 + 1);
  }

  @Override
  public void close() {}
}
