package io.headgate.lane;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts a stream of weighted keys in a fixed number of counters: the heaviest keys are always
 * among them, each with bounds of its true weight. Time per addition: a hash look-up and the
 * logarithm of the number of counters. Belongs to one thread at a time.
 *
 * <p>What it holds can be read counter by counter, and put back with {@link #restore}.
 *
 * @param <K> keys, by {@code equals}
 */
public final class SpaceSaving<K> {

  // The algorithm is Space-Saving, of Metwally, Agrawal and El Abbadi, "Efficient Computation of
  // Frequent and Top-k Elements in Data Streams", ICDT 2005 [1]. A key without a counter takes over
  // the smallest one, and what that counted becomes its possible error. So the counters' sum is the
  // stream's weight, from which all bounds follow, with k counters and a weight of n:
  //
  //   count - error <= true weight <= count      of each key that has a counter
  //   error <= smallest count <= n / k           and no key without one is heavier than that
  //   a key that is heavier than n / k has a counter
  //
  // Apache DataSketches has the like in a megabyte. Its versions before 9.0 do not support Java 25,
  // and 9.0, where the class has another name, nothing older: whoever has one on their class path
  // could not have Headgate with the other.
  //
  // The paper keeps counters in a list of lists, for weights of 1; for others a heap finds the
  // smallest one, as in Cormode and Hadjieleftheriou, "Finding Frequent Items in Data Streams",
  // VLDB 2008 [2].
  //
  // [1] https://doi.org/10.1007/978-3-540-30570-5_27
  // [2] https://doi.org/10.14778/1454159.1454225

  /**
   * A key and what is known of its weight.
   *
   * @param <K> keys, by {@code equals}
   */
  public static final class Counter<K> {
    final K key;

    /** The weight at the most. */
    private long count;

    /** How much of that may be of keys that had this counter before. */
    private final long error;

    /** Its index in the heap. */
    private int place;

    private Counter(K key, long count, long error, int place) {
      this.key = key;
      this.count = count;
      this.error = error;
      this.place = place;
    }

    /**
     * Returns whose weight it is.
     *
     * @return the key
     */
    public K key() {
      return key;
    }

    /**
     * Returns the upper bound of the key's weight.
     *
     * @return the weight at the most
     */
    public long atMost() {
      return count;
    }

    /**
     * Returns the lower bound of the key's weight.
     *
     * @return the weight at the least, 0 or more
     */
    public long atLeast() {
      return count - error;
    }
  }

  private final int size;
  private final Map<K, Counter<K>> byKey = new HashMap<>();

  /** The smallest count first, and each no larger than those at twice its index plus 1 and 2. */
  private final List<Counter<K>> heap = new ArrayList<>();

  /**
   * Makes one that has counted nothing.
   *
   * @param size counters, 1 or more; memory is taken as keys come
   */
  public SpaceSaving(int size) {
    this.size = size;
  }

  /**
   * Adds to a key's weight.
   *
   * @param key whose weight it is
   * @param weight 1 or more
   */
  public void add(K key, long weight) {
    Counter<K> known = byKey.get(key);
    if (known != null) {
      known.count = SlotLayout.saturated(known.count, weight);
      sink(known);
    } else if (heap.size() < size) {
      Counter<K> counter = new Counter<>(key, weight, 0, heap.size());
      byKey.put(key, counter);
      heap.add(counter);
      rise(counter);
    } else {
      Counter<K> smallest = heap.get(0);
      byKey.remove(smallest.key);
      long count = SlotLayout.saturated(smallest.count, weight);
      Counter<K> counter = new Counter<>(key, count, smallest.count, 0);
      byKey.put(key, counter);
      heap.set(0, counter);
      sink(counter);
    }
  }

  /**
   * Puts a counter back that was read from another of these, of the same size.
   *
   * @param key its key, which has no counter yet
   * @param atMost its upper bound, 1 or more
   * @param atLeast its lower bound, 0 to {@code atMost}
   * @throws IllegalArgumentException if there is no counter left, the key has one, or the bounds
   *     are none
   */
  public void restore(K key, long atMost, long atLeast) {
    if (heap.size() >= size || byKey.containsKey(key)) {
      throw new IllegalArgumentException(
          byKey.containsKey(key) ? "a key with two counters" : "more than " + size + " counters");
    }
    if (atMost < 1 || atLeast < 0 || atLeast > atMost) {
      throw new IllegalArgumentException("bounds of a weight: " + atLeast + " to " + atMost);
    }
    Counter<K> counter = new Counter<>(key, atMost, atMost - atLeast, heap.size());
    byKey.put(key, counter);
    heap.add(counter);
    rise(counter);
  }

  /**
   * Returns how many counters there are, taken or not.
   *
   * @return the size
   */
  public int size() {
    return size;
  }

  /**
   * Returns what a key without a counter weighs at the most.
   *
   * @return the smallest count; 0 while there are counters left
   */
  public long atMostWithout() {
    return heap.size() < size ? 0 : heap.get(0).count;
  }

  /**
   * Finds a key's counter.
   *
   * @param key whose it is
   * @return the counter, or null if the key has none
   */
  public @Nullable Counter<K> counter(K key) {
    return byKey.get(key);
  }

  /**
   * Returns all counters that were taken.
   *
   * @return a view, in no order
   */
  public List<Counter<K>> counters() {
    return Collections.unmodifiableList(heap);
  }

  private void rise(Counter<K> counter) {
    while (counter.place > 0) {
      Counter<K> above = heap.get((counter.place - 1) / 2);
      if (above.count <= counter.count) {
        return;
      }
      swap(counter, above);
    }
  }

  private void sink(Counter<K> counter) {
    while (2 * counter.place + 1 < heap.size()) {
      int left = 2 * counter.place + 1;
      Counter<K> below = heap.get(left);
      if (left + 1 < heap.size() && heap.get(left + 1).count < below.count) {
        below = heap.get(left + 1);
      }
      if (counter.count <= below.count) {
        return;
      }
      swap(counter, below);
    }
  }

  private void swap(Counter<K> one, Counter<K> other) {
    int place = one.place;
    one.place = other.place;
    other.place = place;
    heap.set(one.place, one);
    heap.set(other.place, other);
  }
}
