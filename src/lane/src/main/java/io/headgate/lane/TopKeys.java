package io.headgate.lane;

import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.lane.SpaceSaving.Counter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one limiter that are blocked most right now: in the last 5 to 10 minutes, by the
 * clock of the machine. Fed with each event as it is encoded, by its count; so what is judged again
 * after a failure counts again, and what has no key, or must not show any, does not count. Safe for
 * any thread.
 *
 * <p>With {@code m} = {@link LaneSettings#topKeys} and {@code n} records blocked meanwhile, in
 * {@code p} and {@code q} of two spans of time: each key that was blocked more than {@code p / m +
 * q / m} times is among those told, and no bounds are further apart than that. As long as there are
 * no more than {@code m} keys in either span, all numbers are exact.
 */
public final class TopKeys {

  // Two generations of counters, of 5 minutes each: the one that is counted in and the one before,
  // which is dropped when the next begins. An answer is of both: so it is never of less than 5
  // minutes (but after a start), and forgets what is older than 10.
  //
  // What a shadow rule would have blocked has counters of its own: the bounds of what was blocked
  // are not to suffer from it.

  /** Chars of a key's text that are kept. */
  static final int MAX_TEXT = 256;

  static final long GENERATION_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** A key with the longest text costs some 830 bytes, counter, tables and fingerprint included. */
  private static final long MAX_KEY_BYTES = 900;

  private static final Comparator<TopKey> ORDER =
      Comparator.comparingLong(TopKey::estimate)
          .thenComparingLong(TopKey::lowerBound)
          .reversed()
          .thenComparing(TopKey::rule)
          .thenComparing(TopKey::key)
          .thenComparing(TopKey::fingerprint);

  /** What is told of a key; the same for each of its events. */
  private record Name(String rule, String key, KeyForm keyForm, String fingerprint) {}

  private final int size;
  private final LongSupplier nanoClock;

  // All of it is guarded by this object.
  private Generations blocked;
  private Generations shadow;

  /** When the present generation began. */
  private long since;

  /** When the one before began; as {@link #since} if there is none. */
  private long from;

  TopKeys(int size, LongSupplier nanoClock) {
    this.size = size;
    this.nanoClock = nanoClock;
    this.blocked = new Generations(size);
    this.shadow = new Generations(size);
    this.since = nanoClock.getAsLong();
    this.from = since;
  }

  /** Counts an event's records, if it has a key that may be shown, or its hash. */
  void add(BlockedEvent event) {
    String fingerprint = event.fingerprint();
    if (size == 0 || fingerprint == null) {
      return;
    }
    String text = event.key() == null ? fingerprint : cut(event.key());
    Name name = new Name(event.rule(), text, event.keyForm(), fingerprint);
    synchronized (this) {
      turn(nanoClock.getAsLong());
      (event.shadow() ? shadow : blocked).current.add(name, event.count());
    }
  }

  private static String cut(String text) {
    if (text.length() <= MAX_TEXT) {
      return text;
    }
    boolean torn = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1));
    return text.substring(0, torn ? MAX_TEXT - 1 : MAX_TEXT);
  }

  private void turn(long now) {
    long turns = (now - since) / GENERATION_NANOS;
    if (turns > 0) {
      blocked = turns == 1 ? blocked.next(size) : new Generations(size);
      shadow = turns == 1 ? shadow.next(size) : new Generations(size);
      from = since + (turns - 1) * GENERATION_NANOS;
      since = from + GENERATION_NANOS;
    }
  }

  /**
   * Returns the keys that were blocked most, the most first.
   *
   * @param n how many at the most, 0 or more
   * @return a list of its own
   * @throws IllegalArgumentException if {@code n} is below 0
   */
  public List<TopKey> top(int n) {
    synchronized (this) {
      turn(nanoClock.getAsLong());
      return first(n, blocked.all());
    }
  }

  /**
   * Returns the keys that shadow rules would have blocked most, the most first: as {@link #top}, of
   * records that passed.
   *
   * @param n how many at the most, 0 or more
   * @return a list of its own
   * @throws IllegalArgumentException if {@code n} is below 0
   */
  public List<TopKey> topShadow(int n) {
    synchronized (this) {
      turn(nanoClock.getAsLong());
      return first(n, shadow.all());
    }
  }

  /**
   * Puts answers of several {@code TopKeys} together, such as those of the tasks of {@link
   * Delivery#TRANSACTIONAL}, which have one each; the lanes of a limiter on one {@link SharedLane}
   * have one in common, to be asked once. Numbers of one key and rule are added. Lower bounds hold
   * in any case, estimates as long as all records of a key are in one answer, as they are where the
   * key decides the task.
   *
   * @param answers what {@link #top} or {@link #topShadow} returned
   * @param n how many keys at the most, 0 or more
   * @return a list of its own
   * @throws IllegalArgumentException if {@code n} is below 0
   */
  public static List<TopKey> merge(Collection<List<TopKey>> answers, int n) {
    Map<Name, TopKey> merged = new HashMap<>();
    for (List<TopKey> answer : answers) {
      for (TopKey key : answer) {
        Name name = new Name(key.rule(), key.key(), key.keyForm(), key.fingerprint());
        merged.merge(
            name,
            key,
            (a, b) ->
                told(
                    name,
                    SlotLayout.saturated(a.estimate(), b.estimate()),
                    SlotLayout.saturated(a.lowerBound(), b.lowerBound())));
      }
    }
    return first(n, new ArrayList<>(merged.values()));
  }

  /**
   * Says how far back the numbers reach.
   *
   * @return 5 to 10 minutes, or the time since the start or the last {@link #reset} if that is less
   */
  public synchronized Duration covers() {
    long now = nanoClock.getAsLong();
    turn(now);
    return Duration.ofNanos(now - from);
  }

  /** Forgets all keys. */
  public synchronized void reset() {
    blocked = new Generations(size);
    shadow = new Generations(size);
    since = nanoClock.getAsLong();
    from = since;
  }

  /**
   * Returns what one of these costs in memory at the most: two generations of blocked and of shadow
   * records, of 900 bytes a key. Half of it where no rule is a shadow rule; a third of it with keys
   * of some 20 chars.
   *
   * @param topKeys as in {@link LaneSettings#topKeys}
   * @return bytes
   */
  public static long maxBytes(int topKeys) {
    return 4 * MAX_KEY_BYTES * topKeys;
  }

  private static List<TopKey> first(int n, List<TopKey> keys) {
    if (n < 0) {
      throw new IllegalArgumentException("top " + n + " keys: expected 0 or more");
    }
    keys.sort(ORDER);
    return List.copyOf(keys.subList(0, Math.min(n, keys.size())));
  }

  private static TopKey told(Name name, long estimate, long lowerBound) {
    return new TopKey(name.rule, name.key, name.keyForm, name.fingerprint, estimate, lowerBound);
  }

  /** The counters of now, and those of before. */
  private static final class Generations {
    final SpaceSaving<Name> current;
    private final SpaceSaving<Name> previous;

    Generations(int size) {
      this(new SpaceSaving<>(size), new SpaceSaving<>(size));
    }

    private Generations(SpaceSaving<Name> current, SpaceSaving<Name> previous) {
      this.current = current;
      this.previous = previous;
    }

    Generations next(int size) {
      return new Generations(new SpaceSaving<>(size), current);
    }

    List<TopKey> all() {
      List<TopKey> all = new ArrayList<>();
      for (Counter<Name> counter : current.counters()) {
        all.add(sum(counter.key, counter, previous.counter(counter.key)));
      }
      for (Counter<Name> counter : previous.counters()) {
        if (current.counter(counter.key) == null) {
          all.add(sum(counter.key, null, counter));
        }
      }
      return all;
    }

    private TopKey sum(Name name, @Nullable Counter<Name> now, @Nullable Counter<Name> before) {
      return told(
          name,
          SlotLayout.saturated(
              now == null ? current.atMostWithout() : now.atMost(),
              before == null ? previous.atMostWithout() : before.atMost()),
          SlotLayout.saturated(
              now == null ? 0 : now.atLeast(), before == null ? 0 : before.atLeast()));
    }
  }
}
