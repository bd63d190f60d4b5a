package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyHasherTest {

  private static final int MILLION = 1_000_000;
  private static final KeyHasher HASHER = KeyHasher.seeded(42);

  private record Fingerprint(long high, long low) {}

  private static Fingerprint of(KeyHasher hasher, byte[] key) {
    return new Fingerprint(hasher.high(key, 0, key.length), hasher.low(key, 0, key.length));
  }

  private static Fingerprint of(KeyHasher hasher, CharSequence key) {
    return new Fingerprint(hasher.high(key), hasher.low(key));
  }

  private static Fingerprint of(KeyHasher hasher, long key) {
    return new Fingerprint(hasher.high(key), hasher.low(key));
  }

  @Property
  void shouldGiveTheSameKeyTheSameFingerprint(@ForAll byte[] key, @ForAll long seed) {
    assertThat(of(KeyHasher.seeded(seed), key.clone())).isEqualTo(of(KeyHasher.seeded(seed), key));
  }

  @Property
  void shouldGiveTheSameTextTheSameFingerprintWhateverHoldsIt(@ForAll String key) {
    assertThat(of(HASHER, CharBuffer.wrap(key))).isEqualTo(of(HASHER, key));
  }

  @Property
  void shouldTakeANumberAsItsEightBytesTheHighestFirst(@ForAll long key, @ForAll long seed) {
    KeyHasher hasher = KeyHasher.seeded(seed);
    byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.BIG_ENDIAN).putLong(key).array();

    assertThat(of(hasher, key)).isEqualTo(of(hasher, bytes));
  }

  @Test
  void shouldReadTheRangeAndNothingAroundIt() {
    Random random = new Random(1);
    for (int length = 0; length <= 70; length++) {
      byte[] key = bytes(random, length);
      for (int offset = 0; offset <= 17; offset++) {
        byte[] around = bytes(random, offset + length + random.nextInt(20));
        System.arraycopy(key, 0, around, offset, length);

        assertThat(HASHER.high(around, offset, length)).isEqualTo(HASHER.high(key, 0, length));
        assertThat(HASHER.low(around, offset, length)).isEqualTo(HASHER.low(key, 0, length));
      }
    }
  }

  @Test
  void shouldChangeBothHalvesWhenAnyBitOfTheKeyDoes() {
    Random random = new Random(2);
    for (int length = 0; length <= 70; length++) {
      for (byte[] key : List.of(new byte[length], bytes(random, length))) {
        Set<Long> highs = new HashSet<>(Set.of(HASHER.high(key, 0, length)));
        Set<Long> lows = new HashSet<>(Set.of(HASHER.low(key, 0, length)));
        for (int bit = 0; bit < 8 * length; bit++) {
          key[bit >> 3] ^= (byte) (1 << (bit & 7));
          assertThat(highs.add(HASHER.high(key, 0, length))).as("%s: %s", length, bit).isTrue();
          assertThat(lows.add(HASHER.low(key, 0, length))).as("%s: %s", length, bit).isTrue();
          key[bit >> 3] ^= (byte) (1 << (bit & 7));
        }
      }
    }
  }

  @Test
  void shouldChangeBothHalvesWhenAnyBitOfATextDoes() {
    Random random = new Random(3);
    for (int length = 0; length <= 40; length++) {
      char[] key = new char[length];
      for (int i = 0; i < length; i++) {
        key[i] = (char) random.nextInt();
      }
      Set<Long> highs = new HashSet<>(Set.of(HASHER.high(CharBuffer.wrap(key))));
      Set<Long> lows = new HashSet<>(Set.of(HASHER.low(CharBuffer.wrap(key))));
      for (int bit = 0; bit < 16 * length; bit++) {
        key[bit >> 4] ^= (char) (1 << (bit & 15));
        assertThat(highs.add(HASHER.high(CharBuffer.wrap(key)))).as("%s: %s", length, bit).isTrue();
        assertThat(lows.add(HASHER.low(CharBuffer.wrap(key)))).as("%s: %s", length, bit).isTrue();
        key[bit >> 4] ^= (char) (1 << (bit & 15));
      }
    }
  }

  @Test
  void shouldTellKeysApartThatDifferInTrailingZerosAlone() {
    Set<Fingerprint> bytes = new HashSet<>();
    Set<Fingerprint> texts = new HashSet<>();
    for (int length = 0; length <= 70; length++) {
      assertThat(bytes.add(of(HASHER, new byte[length]))).as("%s", length).isTrue();
      assertThat(texts.add(of(HASHER, "\0".repeat(length)))).as("%s", length).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 7, 8, 12, 16, 17, 32, 33, 64})
  void shouldSpreadEveryBitOfTheKeyOverTheWholeFingerprint(int length) {
    Random random = new Random(4);
    int rounds = 400;
    for (int bit = 0; bit < 8 * length; bit += Math.max(1, length / 4)) {
      int[] flips = new int[128];
      for (int round = 0; round < rounds; round++) {
        byte[] key = bytes(random, length);
        Fingerprint before = of(HASHER, key);
        key[bit >> 3] ^= (byte) (1 << (bit & 7));
        Fingerprint after = of(HASHER, key);
        for (int i = 0; i < 64; i++) {
          flips[i] += (int) ((before.low ^ after.low) >>> i & 1);
          flips[64 + i] += (int) ((before.high ^ after.high) >>> i & 1);
        }
      }
      // Half of them, give or take. Generous: a key of one byte has but 128 pairs that differ in a
      // bit.
      assertThat(Arrays.stream(flips).average().orElseThrow())
          .isBetween(0.45 * rounds, 0.55 * rounds);
      assertThat(Arrays.stream(flips).min().orElseThrow()).isGreaterThan(rounds / 4);
      assertThat(Arrays.stream(flips).max().orElseThrow()).isLessThan(rounds * 3 / 4);
    }
  }

  @Test
  void shouldKeepTextAndBytesApart() {
    for (String key : List.of("", "a", "user-1", "a key that is longer than one step")) {
      assertThat(of(HASHER, key))
          .isNotEqualTo(of(HASHER, key.getBytes(StandardCharsets.UTF_8)))
          .isNotEqualTo(of(HASHER, key.getBytes(StandardCharsets.UTF_16LE)));
    }
  }

  @Test
  void shouldGiveUnrelatedFingerprintsUnderEverySeedAndScope() {
    Set<Long> halves = new HashSet<>();
    for (int seed = -500; seed < 500; seed++) {
      assertThat(halves.add(KeyHasher.seeded(seed).high("key"))).isTrue();
      assertThat(halves.add(KeyHasher.seeded(seed).low("key"))).isTrue();
      assertThat(halves.add(HASHER.derive("rule-" + seed).high("key"))).isTrue();
      assertThat(halves.add(HASHER.derive("rule-" + seed).low("key"))).isTrue();
      assertThat(halves.add(KeyHasher.seeded("secret-" + seed).high("key"))).isTrue();
      assertThat(halves.add(KeyHasher.seeded("secret-" + seed).low("key"))).isTrue();
    }
    assertThat(of(HASHER.derive("a").derive("b"), "key"))
        .isEqualTo(of(HASHER.derive("a").derive("b"), "key"))
        .isNotEqualTo(of(HASHER.derive("b").derive("a"), "key"))
        .isNotEqualTo(of(HASHER.derive("ab"), "key"));
    assertThat(of(HASHER.derive(""), "key")).isNotEqualTo(of(HASHER, "key"));
    assertThat(of(KeyHasher.seeded("app"), "key")).isEqualTo(of(KeyHasher.seeded("app"), "key"));
  }

  @Test
  void shouldNotLetAPublicWordMakeKeysCollideUnderEverySeed() {
    // Words that stand in the source of the hash, and zero: an attacker knows them all.
    long[] words = {
      0, -1, 0x9e3779b97f4a7c15L, 0xc2b2ae3d27d4eb4fL, 0xff51afd7ed558ccdL, 0xc4ceb9fe1a85ec53L
    };
    for (long word : words) {
      for (int steps = 0; steps <= 2; steps++) {
        Set<Long> highs = new HashSet<>();
        Set<Long> lows = new HashSet<>();
        for (long other = 0; other < 100; other++) {
          byte[] key = new byte[16 + 16 * steps];
          ByteBuffer buffer = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
          buffer.putLong(word).putLong(other);
          assertThat(highs.add(HASHER.high(key, 0, key.length))).as("%x", word).isTrue();
          assertThat(lows.add(HASHER.low(key, 0, key.length))).as("%x", word).isTrue();

          CharSequence text = buffer.position(0).asCharBuffer();
          assertThat(highs.add(HASHER.high(text))).as("%x", word).isTrue();
          assertThat(lows.add(HASHER.low(text))).as("%x", word).isTrue();
        }
      }
    }
  }

  @Test
  void shouldNeverGiveZeroAsTheLowHalf() {
    byte[] key =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(HASHER.lowSecret).array();
    CharSequence text = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).asCharBuffer();

    // The one word that makes the product of the low chain zero, which whoever has not the seed
    // cannot know; the high chain has another.
    assertThat(HASHER.low(key, 0, 8)).isNotZero();
    assertThat(HASHER.low(text)).isNotZero();
    assertThat(HASHER.low(Long.reverseBytes(HASHER.lowSecret))).isNotZero();
    assertThat(HASHER.high(key, 0, 8)).isNotZero();
    assertThat(HASHER.high(text)).isNotZero();
  }

  @Test
  void shouldKeepItsFingerprintsFromVersionToVersion() {
    // They are persisted: whoever changes these numbers loses every window that was.
    KeyHasher hasher = KeyHasher.seeded("application").derive("rule");
    assertThat(of(hasher, "user-1"))
        .isEqualTo(new Fingerprint(0x9414_896d_5e80_0066L, 0xf3b1_9685_61f3_3b8eL));
    assertThat(of(hasher, "a key that is longer than one step"))
        .isEqualTo(new Fingerprint(0xe917_1769_d9af_0c19L, 0xe11a_ac92_9b0a_41fdL));
    assertThat(of(hasher, ascii(1)))
        .isEqualTo(new Fingerprint(0xb651_94dc_1276_304fL, 0x2384_3794_7aac_c42dL));
    assertThat(of(hasher, new byte[70]))
        .isEqualTo(new Fingerprint(0x6152_da87_5af2_e8b0L, 0xd8dd_666b_2b2f_eccfL));
    assertThat(of(KeyHasher.seeded(42), -1))
        .isEqualTo(new Fingerprint(0xf8d2_8eb5_f144_1865L, 0x5008_47a7_ad32_15c5L));
  }

  @Test
  void shouldNotCollideOnAMillionSequentialTexts() {
    assertThat(duplicates(i -> HASHER.high("user-" + i))).isZero();
    assertThat(duplicates(i -> HASHER.low("user-" + i))).isZero();
  }

  @Test
  void shouldNotCollideOnAMillionSequentialNumbers() {
    assertThat(duplicates(i -> HASHER.high(i))).isZero();
    assertThat(duplicates(i -> HASHER.low(i))).isZero();
  }

  @Test
  void shouldNotCollideOnAMillionSequentialBytes() {
    assertThat(duplicates(i -> HASHER.high(ascii(i), 0, 12))).isZero();
    assertThat(duplicates(i -> HASHER.low(ascii(i), 0, 12))).isZero();
  }

  @Test
  void shouldSpreadSequentialKeysEvenlyOverThePlacesOfAnIndex() {
    // The first place in a segment, the segment, and the stripe of a RateLimiter.
    assertThat(chiSquare(4096, i -> HASHER.low("user-" + i) >>> 32)).isBetween(3500.0, 4700.0);
    assertThat(chiSquare(4096, i -> HASHER.low("user-" + i) >>> 52)).isBetween(3500.0, 4700.0);
    assertThat(chiSquare(4096, i -> HASHER.high("user-" + i))).isBetween(3500.0, 4700.0);
    assertThat(chiSquare(4096, i -> HASHER.low(i) >>> 32)).isBetween(3500.0, 4700.0);
    assertThat(chiSquare(4096, i -> HASHER.low(i) >>> 52)).isBetween(3500.0, 4700.0);
    assertThat(chiSquare(4096, i -> HASHER.high(i))).isBetween(3500.0, 4700.0);
  }

  @Test
  void shouldRefuseARangeThatIsNotInsideTheArray() {
    byte[] key = new byte[20];
    int[][] ranges = {
      {-1, 1},
      {0, -1},
      {0, 21},
      {20, 1},
      {21, 0},
      {4, 17},
      {Integer.MAX_VALUE, 2},
      {2, Integer.MAX_VALUE}
    };
    for (int[] range : ranges) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> HASHER.high(key, range[0], range[1]));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> HASHER.low(key, range[0], range[1]));
    }
    assertThat(HASHER.low(key, 20, 0)).isEqualTo(HASHER.low(new byte[0], 0, 0));
  }

  private static long duplicates(LongUnaryOperator hash) {
    long[] hashes = new long[MILLION];
    for (int i = 0; i < MILLION; i++) {
      hashes[i] = hash.applyAsLong(i);
    }
    Arrays.parallelSort(hashes);
    long duplicates = 0;
    for (int i = 1; i < MILLION; i++) {
      duplicates += hashes[i] == hashes[i - 1] ? 1 : 0;
    }
    return duplicates;
  }

  /** Of a fair spread: cells, give or take the root of twice as many. */
  private static double chiSquare(int cells, LongUnaryOperator hash) {
    int keys = 400_000;
    int[] counts = new int[cells];
    for (int i = 0; i < keys; i++) {
      counts[(int) hash.applyAsLong(i) & (cells - 1)]++;
    }
    double expected = (double) keys / cells;
    double sum = 0;
    for (int count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  private static byte[] ascii(long number) {
    byte[] digits = new byte[12];
    for (int i = 11; i >= 0; i--) {
      digits[i] = (byte) ('0' + number % 10);
      number /= 10;
    }
    return digits;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
