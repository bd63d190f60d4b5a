package io.headgate;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is allowed: at most {@code limit} units per {@code window}, counted in {@code buckets} equal
 * parts of the window. Immutable and checked once, here.
 *
 * <p>{@link Mode#STRICT} sums the bucket of now and {@code buckets} before it: no span of the
 * window's length, wherever it begins, ever holds more than the limit; a steady sender gets {@code
 * limit * buckets / (buckets + 1)} per window. {@link Mode#STANDARD} sums {@code buckets} in all:
 * the full steady rate, and up to twice the limit in an unlucky span.
 *
 * @param limit units per window, 1 to 2^62
 * @param window length of the window, whole milliseconds, at least 1
 * @param buckets parts of the window, 1 to 32,767, dividing it into whole milliseconds
 * @param mode which buckets count
 */
public record RateLimit(long limit, Duration window, int buckets, Mode mode) {

  /** The largest number of units a limit may name. */
  public static final long MAX_LIMIT = 1L << 62;

  /** The largest number of buckets a window may be kept in. */
  public static final int MAX_BUCKETS = 32_767;

  private static final int DEFAULT_MAX_BUCKETS = 60;
  private static final Pattern TEXT =
      Pattern.compile("\\s*(\\d{1,19})\\s*/\\s*(\\d{0,12})\\s*(ms|s|m|h|d)\\s*");

  /** Which buckets of the ring count against the limit. */
  public enum Mode {
    /** The bucket of now and {@code buckets} before it: never above the limit in any span. */
    STRICT,
    /** {@code buckets} in all, the one of now included: the full steady rate. */
    STANDARD;

    /**
     * Finds a mode by its name, whatever the case.
     *
     * @param text {@code strict} or {@code standard}
     * @return the mode
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Mode parse(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "strict" -> STRICT;
        case "standard" -> STANDARD;
        default ->
            throw new IllegalArgumentException(
                "mode \"" + text + "\": expected strict or standard");
      };
    }
  }

  /**
   * Checks every part, and that the window divides by its buckets.
   *
   * @param limit units per window
   * @param window length of the window
   * @param buckets parts of the window
   * @param mode which buckets count
   * @throws IllegalArgumentException if a part is out of range, in one line that says which
   */
  public RateLimit {
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(mode, "mode");
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException(
          "limit " + limit + ": expected 1 to " + MAX_LIMIT + " units per window");
    }
    long millis = wholeMillis(window);
    if (buckets < 1 || buckets > MAX_BUCKETS) {
      throw new IllegalArgumentException("buckets " + buckets + ": expected 1 to " + MAX_BUCKETS);
    }
    if (millis % buckets != 0) {
      throw new IllegalArgumentException(
          "window "
              + millis
              + " ms does not divide by "
              + buckets
              + " buckets into whole milliseconds; take "
              + largestDivisor(millis, buckets)
              + ", for example");
    }
  }

  /**
   * Makes a strict limit with the default number of buckets: the largest up to 60 that divides the
   * window in milliseconds.
   *
   * @param limit units per window
   * @param window length of the window
   * @return the limit
   * @throws IllegalArgumentException if a part is out of range
   */
  public static RateLimit of(long limit, Duration window) {
    int buckets = largestDivisor(wholeMillis(window), DEFAULT_MAX_BUCKETS);
    return new RateLimit(limit, window, buckets, Mode.STRICT);
  }

  /**
   * Makes a strict limit per second.
   *
   * @param limit units per second
   * @return the limit
   */
  public static RateLimit perSecond(long limit) {
    return of(limit, Duration.ofSeconds(1));
  }

  /**
   * Makes a strict limit per minute.
   *
   * @param limit units per minute
   * @return the limit
   */
  public static RateLimit perMinute(long limit) {
    return of(limit, Duration.ofMinutes(1));
  }

  /**
   * Makes a strict limit per hour.
   *
   * @param limit units per hour
   * @return the limit
   */
  public static RateLimit perHour(long limit) {
    return of(limit, Duration.ofHours(1));
  }

  /**
   * Reads a limit as people write it: {@code 100/60s}, {@code 20/1h}, {@code 5/s}. Units of time
   * are {@code ms, s, m, h, d}; without a number, one of them.
   *
   * @param text units, a slash, and the window
   * @return the strict limit with default buckets
   * @throws IllegalArgumentException if the text is no limit, in one line that says what was found
   *     and expected
   */
  public static RateLimit parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "limit \""
              + text.replaceAll("\\s+", " ")
              + "\": expected UNITS/WINDOW, such as 100/60s or 20/1h");
    }
    String number = matcher.group(2);
    try {
      long count = number.isEmpty() ? 1 : Long.parseLong(number);
      return of(
          Long.parseLong(matcher.group(1)),
          Duration.ofMillis(Math.multiplyExact(count, unitMillis(matcher.group(3)))));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "limit \"" + text + "\": expected 1 to " + MAX_LIMIT + " units per window", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("limit \"" + text + "\": " + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("limit \"" + text + "\": the window is too long", e);
    }
  }

  /**
   * Returns this limit kept in another number of buckets.
   *
   * @param count parts of the window
   * @return the new limit
   * @throws IllegalArgumentException if the window does not divide by it
   */
  public RateLimit withBuckets(int count) {
    return new RateLimit(limit, window, count, mode);
  }

  /**
   * Returns this limit under another mode.
   *
   * @param newMode which buckets count
   * @return the new limit
   */
  public RateLimit withMode(Mode newMode) {
    return new RateLimit(limit, window, buckets, newMode);
  }

  /**
   * Returns the length of the window.
   *
   * @return milliseconds
   */
  public long windowMillis() {
    return window.toMillis();
  }

  /**
   * Returns the length of one bucket.
   *
   * @return milliseconds, 1 or more
   */
  public long bucketMillis() {
    return window.toMillis() / buckets;
  }

  /**
   * Returns how many buckets count against the limit at a time.
   *
   * @return {@code buckets + 1} when strict, {@code buckets} when standard
   */
  public int span() {
    return mode == Mode.STRICT ? buckets + 1 : buckets;
  }

  /**
   * Returns units and window as {@link #parse} reads them, without buckets and mode.
   *
   * @return such as {@code 100/1m}
   */
  public String text() {
    return limit + "/" + windowText();
  }

  @Override
  public String toString() {
    return text() + " in " + buckets + " buckets, " + mode.name().toLowerCase(Locale.ROOT);
  }

  /** The window in its largest whole unit, as {@link #parse} reads it. */
  private String windowText() {
    long millis = windowMillis();
    for (String unit : new String[] {"d", "h", "m", "s"}) {
      if (millis % unitMillis(unit) == 0) {
        return millis / unitMillis(unit) + unit;
      }
    }
    return millis + "ms";
  }

  private static long wholeMillis(Duration window) {
    if (window.isNegative() || window.isZero() || window.toNanosPart() % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          "window " + window + ": expected a whole number of milliseconds, at least 1");
    }
    try {
      return window.toMillis();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("window " + window + ": too long", e);
    }
  }

  private static int largestDivisor(long millis, int atMost) {
    int divisor = (int) Math.min(millis, atMost);
    while (millis % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private static long unitMillis(String unit) {
    return switch (unit) {
      case "ms" -> 1L;
      case "s" -> 1_000L;
      case "m" -> 60_000L;
      case "h" -> 3_600_000L;
      default -> 86_400_000L;
    };
  }
}
