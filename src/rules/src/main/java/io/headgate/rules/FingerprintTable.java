package io.headgate.rules;

/**
 * A map of fingerprints to some numbers each, filled once and then only looked at. Safe for any
 * thread once it is handed over.
 *
 * <pre>
 *  0               8               16              24
 *  +---------------+---------------+---------------+----
 *  | high          | low; 0: free  | first number  | more numbers
 *  +---------------+---------------+---------------+----
 * </pre>
 */
final class FingerprintTable {

  // Open addressing, linear probes, at most half full. A fingerprint is a hash already: its lowest
  // bits are the place.

  private static final int HIGH = 0;
  private static final int LOW = 1;
  private static final int NUMBERS = 2;

  private final long[] slots;
  private final int stride;
  private final int mask;

  /**
   * Makes room.
   *
   * @param entries how many will be put in at most, 1 or more
   * @param numbers how many each has
   */
  FingerprintTable(int entries, int numbers) {
    int places = Integer.highestOneBit(Math.multiplyExact(entries, 4) - 1);
    stride = NUMBERS + numbers;
    mask = places - 1;
    slots = new long[Math.multiplyExact(places, stride)];
  }

  void put(long high, long low, long[] numbers) {
    int at = (int) high & mask;
    while (slots[at * stride + LOW] != 0) {
      if (slots[at * stride + LOW] == low && slots[at * stride + HIGH] == high) {
        break;
      }
      at = (at + 1) & mask;
    }
    slots[at * stride + HIGH] = high;
    slots[at * stride + LOW] = low;
    System.arraycopy(numbers, 0, slots, at * stride + NUMBERS, numbers.length);
  }

  /** The number of this index, or 0 if the fingerprint is not there. */
  long get(long high, long low, int index) {
    long[] all = slots;
    int at = (int) high & mask;
    while (true) {
      int base = at * stride;
      long found = all[base + LOW];
      if (found == 0) {
        return 0;
      }
      if (found == low && all[base + HIGH] == high) {
        return all[base + NUMBERS + index];
      }
      at = (at + 1) & mask;
    }
  }
}
