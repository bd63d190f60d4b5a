package io.headgate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Turns keys into 128-bit fingerprints: the only place where a key becomes longs. A fingerprint is
 * two 64-bit hashes of the same bytes under two independent seeds, {@link #high} and {@link #low};
 * it is never zero in both halves.
 *
 * <p>The seed is what keeps others from choosing two keys with one fingerprint, and so from
 * spending each other's budget: where keys are chosen by strangers, give it a secret. It is part of
 * whatever is persisted under these fingerprints: another seed finds none of them again.
 *
 * <p>Immutable; safe for any thread; allocates nothing while hashing.
 */
public final class KeyHasher {

  // The family is wyhash (Wang Yi, 2019): fold 16 bytes a step with one 64 x 64 -> 128 bit
  // multiplication, low half xor high half. A hash here is one such chain. Two chains with
  // unrelated seeds read the same bytes: the processor overlaps them, the caller needs no object
  // for 128 bits, and a zero product in one chain (an input word equal to its secret) says nothing
  // of the other. The secret of a chain comes from the seed as well: were it a constant, as in
  // wyhash, a key that holds that word would make the product zero under every seed, whatever
  // stands beside it.

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  // Odd, with about half of their bits set: the golden ratio of 2^64, and a prime of xxHash64.
  private static final long P1 = 0x9e3779b97f4a7c15L;
  private static final long P2 = 0xc2b2ae3d27d4eb4fL;

  private final long highSeed;
  private final long highSecret;
  private final long lowSeed;

  /** Seen by the test of the key that makes the low product zero. */
  final long lowSecret;

  private KeyHasher(long highSeed, long lowSeed) {
    this.highSeed = highSeed;
    this.highSecret = scramble(highSeed ^ P2);
    this.lowSeed = lowSeed;
    this.lowSecret = scramble(lowSeed ^ P1);
  }

  /**
   * Makes a hasher from a number.
   *
   * @param seed any value; equal seeds give equal fingerprints, on every machine
   * @return the hasher
   */
  public static KeyHasher seeded(long seed) {
    return new KeyHasher(scramble(seed ^ P1), scramble(Long.rotateLeft(seed, 32) ^ P2));
  }

  /**
   * Makes a hasher from a text, such as an application's name or a secret.
   *
   * @param secret any text, hashed as UTF-8
   * @return the hasher
   */
  public static KeyHasher seeded(String secret) {
    return seeded(0).derive(secret);
  }

  /**
   * Makes a hasher whose fingerprints have nothing to do with this one's: the same key under two
   * limiters is two rows.
   *
   * @param scope the name that is hashed in
   * @return the hasher
   */
  public KeyHasher derive(String scope) {
    byte[] bytes = scope.getBytes(StandardCharsets.UTF_8);
    return new KeyHasher(
        scramble(hash(highSeed, highSecret, bytes, 0, bytes.length) ^ P2),
        scramble(hash(lowSeed, lowSecret, bytes, 0, bytes.length) ^ P1));
  }

  /**
   * Returns the high half of the fingerprint of some bytes.
   *
   * @param bytes holds the key
   * @param offset first byte of the key
   * @param length bytes of the key, 0 or more
   * @return the upper 64 bits
   * @throws IndexOutOfBoundsException if the range is not inside the array
   */
  public long high(byte[] bytes, int offset, int length) {
    return hash(highSeed, highSecret, bytes, offset, length);
  }

  /**
   * Returns the low half of the fingerprint of some bytes.
   *
   * @param bytes holds the key
   * @param offset first byte of the key
   * @param length bytes of the key, 0 or more
   * @return the lower 64 bits, never 0
   * @throws IndexOutOfBoundsException if the range is not inside the array
   */
  public long low(byte[] bytes, int offset, int length) {
    return notZero(hash(lowSeed, lowSecret, bytes, offset, length));
  }

  /**
   * Returns the high half of the fingerprint of a text, taken as its UTF-16 units (not its UTF-8).
   *
   * @param chars the key
   * @return the upper 64 bits
   */
  public long high(CharSequence chars) {
    return hash(highSeed, highSecret, chars);
  }

  /**
   * Returns the low half of the fingerprint of a text, taken as its UTF-16 units (not its UTF-8).
   *
   * @param chars the key
   * @return the lower 64 bits, never 0
   */
  public long low(CharSequence chars) {
    return notZero(hash(lowSeed, lowSecret, chars));
  }

  /**
   * Returns the high half of the fingerprint of a number: that of its eight bytes, the highest
   * first.
   *
   * @param key the key
   * @return the upper 64 bits
   */
  public long high(long key) {
    return hash(highSeed, highSecret, key);
  }

  /**
   * Returns the low half of the fingerprint of a number: that of its eight bytes, the highest
   * first.
   *
   * @param key the key
   * @return the lower 64 bits, never 0
   */
  public long low(long key) {
    return notZero(hash(lowSeed, lowSecret, key));
  }

  private static long hash(long seed, long secret, byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    long a;
    long b;
    if (length > 16) {
      int at = offset;
      int left = length;
      do {
        seed = fold((long) LONG.get(bytes, at) ^ secret, (long) LONG.get(bytes, at + 8) ^ seed);
        at += 16;
        left -= 16;
      } while (left > 16);
      // The last 16 bytes, which may overlap what was folded: no tail to pad.
      a = (long) LONG.get(bytes, at + left - 16);
      b = (long) LONG.get(bytes, at + left - 8);
    } else if (length >= 8) {
      a = (long) LONG.get(bytes, offset);
      b = (long) LONG.get(bytes, offset + length - 8);
    } else if (length >= 4) {
      a = (int) INT.get(bytes, offset) & 0xffffffffL;
      b = (int) INT.get(bytes, offset + length - 4) & 0xffffffffL;
    } else if (length > 0) {
      a =
          (bytes[offset] & 0xffL) << 16
              | (bytes[offset + (length >> 1)] & 0xffL) << 8
              | (bytes[offset + length - 1] & 0xffL);
      b = 0;
    } else {
      a = 0;
      b = 0;
    }
    return finish(seed, secret, a, b, length);
  }

  private static long hash(long seed, long secret, CharSequence chars) {
    int length = chars.length();
    int at = 0;
    while (length - at > 8) {
      seed = fold(four(chars, at, length) ^ secret, four(chars, at + 4, length) ^ seed);
      at += 8;
    }
    return finish(
        seed,
        secret,
        four(chars, at, length),
        four(chars, at + 4, length),
        2L * length + (1L << 32));
  }

  private static long hash(long seed, long secret, long key) {
    long bytes = Long.reverseBytes(key);
    return finish(seed, secret, bytes, bytes, 8);
  }

  /** Up to four chars from {@code at}; those past the end count as zero, the length tells them. */
  private static long four(CharSequence chars, int at, int length) {
    long word = 0;
    for (int i = Math.min(length, at + 4) - 1; i >= at; i--) {
      word = word << 16 | chars.charAt(i);
    }
    return word;
  }

  private static long finish(long seed, long secret, long a, long b, long length) {
    return fold(P1 ^ length, fold(a ^ secret, b ^ seed));
  }

  private static long fold(long a, long b) {
    // Unsigned high half; Math.unsignedMultiplyHigh is of Java 18.
    long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
    return (a * b) ^ high;
  }

  /** The finaliser of MurmurHash3: a bijection, so no seed is lost. */
  private static long scramble(long z) {
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }

  private static long notZero(long half) {
    return half == 0 ? P2 : half;
  }
}
