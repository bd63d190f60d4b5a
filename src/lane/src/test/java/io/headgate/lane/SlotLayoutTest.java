package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlotLayoutTest {

  private static final int STRIDE = 128;
  private static final int ROOM = STRIDE - SlotLayout.KEY;

  /** The slot in the middle of three: what it must not touch is on both sides. */
  private static final int SLOT = STRIDE;

  private static final byte UNTOUCHED = 0x5a;

  private final byte[] page = new byte[3 * STRIDE];
  private final BlockedFacts facts = new BlockedFacts();

  SlotLayoutTest() {
    Arrays.fill(page, UNTOUCHED);
    facts.limit = 10;
    facts.windowMillis = 1_000;
    facts.topic = "orders-in";
    facts.fingerprintHigh = 0x0123456789abcdefL;
    facts.fingerprintLow = 0xfedcba9876543210L;
  }

  // ------------------------------------------------------------------ the bytes

  @Test
  void shouldGiveEveryFieldBytesOfItsOwn() {
    record Field(int offset, int bytes) {}
    List<Field> fields =
        List.of(
            new Field(SlotLayout.FLAGS, Integer.BYTES),
            new Field(SlotLayout.RULE, Short.BYTES),
            new Field(SlotLayout.SOURCE, Short.BYTES),
            new Field(SlotLayout.KEY_LENGTH, Integer.BYTES),
            new Field(SlotLayout.ORDINAL, Integer.BYTES),
            new Field(SlotLayout.FINGERPRINT_HIGH, Long.BYTES),
            new Field(SlotLayout.FINGERPRINT_LOW, Long.BYTES),
            new Field(SlotLayout.COUNT, Long.BYTES),
            new Field(SlotLayout.COST, Long.BYTES),
            new Field(SlotLayout.LIMIT, Long.BYTES),
            new Field(SlotLayout.WINDOW_MILLIS, Long.BYTES),
            new Field(SlotLayout.FIRST_OFFSET, Long.BYTES),
            new Field(SlotLayout.LAST_OFFSET, Long.BYTES),
            new Field(SlotLayout.FIRST_TIME, Long.BYTES),
            new Field(SlotLayout.LAST_TIME, Long.BYTES));
    int end = 0;
    for (Field field : fields) {
      assertThat(field.offset).isEqualTo(end);
      assertThat(field.offset % field.bytes).as("aligned").isZero();
      end += field.bytes;
    }
    assertThat(SlotLayout.KEY).isEqualTo(end);
  }

  @Test
  void shouldGiveEveryFlagABitOfItsOwn() {
    int kinds = SlotLayout.KEY_INT << 8;
    int bits = kinds;
    for (int flag :
        new int[] {
          SlotLayout.OPEN,
          SlotLayout.KEY_CUT,
          SlotLayout.OVERFLOW,
          SlotLayout.SHARED_ROW,
          SlotLayout.FUTURE,
          SlotLayout.LATE,
          SlotLayout.NO_KEY,
          SlotLayout.SHADOW,
          SlotLayout.FIRST
        }) {
      assertThat(Integer.bitCount(flag)).isEqualTo(1);
      assertThat(bits & flag).isZero();
      bits |= flag;
    }
    assertThat(SlotLayout.keyKind(kinds)).isEqualTo(SlotLayout.KEY_INT);
    assertThat(SlotLayout.keyKind(bits & ~kinds)).isEqualTo(SlotLayout.KEY_BYTES);
  }

  @Property
  void shouldReadBackWhatWasWritten(
      @ForAll("longs") long[] longs,
      @ForAll @IntRange(max = 0xffff) int source,
      @ForAll int ordinal,
      @ForAll @LongRange(min = 0) long cost,
      @ForAll @Size(max = ROOM) byte[] key,
      @ForAll @IntRange(max = 31) int flags) {
    key(SlotLayout.KEY_BYTES, key);
    facts.fingerprintHigh = longs[0];
    facts.fingerprintLow = longs[1];
    facts.limit = longs[2];
    facts.windowMillis = longs[3];
    facts.offset = longs[4];
    facts.time = longs[5];
    facts.cost = cost;
    facts.rule = flags & 1;
    facts.flags =
        (flags & 7) << 3
            | ((flags & 8) != 0 ? SlotLayout.SHADOW : 0)
            | ((flags & 16) != 0 ? SlotLayout.FIRST : 0);

    SlotLayout.write(page, SLOT, STRIDE, facts, source, ordinal);

    BlockedEvent event = read(EventKey.PLAIN);
    assertThat(event)
        .isEqualTo(
            new BlockedEvent(
                "orders",
                LaneRig.RULES.get(facts.rule),
                event.key(),
                event.keyForm(),
                String.format("%016x%016x", longs[0], longs[1]),
                1,
                cost,
                longs[2],
                longs[3],
                "orders-in",
                7,
                longs[4],
                longs[4],
                longs[5],
                longs[5],
                ordinal,
                "00c0ffee00c0ffee",
                false,
                false,
                (flags & 1) != 0,
                (flags & 2) != 0,
                (flags & 4) != 0,
                (flags & 8) != 0,
                (flags & 16) != 0));
    assertThat(SlotLayout.getShort(page, SLOT + SlotLayout.SOURCE)).isEqualTo(source);
    assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.PLAIN)).isEqualTo(key);
    assertNeighboursUntouched();
  }

  @Property
  void shouldStayInItsSlotHoweverLongTheKey(@ForAll @Size(max = 3 * STRIDE) byte[] key) {
    key(SlotLayout.KEY_BYTES, key);

    write();

    assertNeighboursUntouched();
    assertThat(read(EventKey.PLAIN).keyCut()).isEqualTo(key.length > ROOM);
    assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.PLAIN))
        .isEqualTo(Arrays.copyOf(key, Math.min(key.length, ROOM)));
  }

  @Test
  void shouldLeaveNothingOfTheSlotsLastEvent() {
    key(SlotLayout.KEY_INT, ByteBuffer.allocate(4).putInt(5).array());
    facts.flags =
        SlotLayout.SHARED_ROW
            | SlotLayout.FUTURE
            | SlotLayout.LATE
            | SlotLayout.SHADOW
            | SlotLayout.FIRST;
    facts.cost = 99;
    write();
    SlotLayout.add(page, SLOT, facts);
    SlotLayout.setInt(
        page,
        SLOT + SlotLayout.FLAGS,
        SlotLayout.getInt(page, SLOT + SlotLayout.FLAGS)
            | SlotLayout.OPEN
            | SlotLayout.OVERFLOW
            | SlotLayout.KEY_CUT);

    facts.flags = 0;
    facts.cost = 1;
    facts.keyLength = -1;
    write();

    assertThat(SlotLayout.getInt(page, SLOT + SlotLayout.FLAGS) & SlotLayout.OPEN).isZero();
    BlockedEvent event = read(EventKey.PLAIN);
    assertThat(event.count()).isEqualTo(1);
    assertThat(event.cost()).isEqualTo(1);
    assertThat(event.keyForm()).isEqualTo(KeyForm.NONE);
    assertThat(event.overflow() || event.keyCut() || event.sharedRow()).isFalse();
    assertThat(event.future() || event.late()).isFalse();
    assertThat(event.shadow() || event.firstOver()).isFalse();
  }

  @Test
  void shouldTellAFirstByTheFirstRecordOnly() {
    facts.flags = SlotLayout.FIRST;
    write();
    facts.flags = SlotLayout.LATE;
    SlotLayout.add(page, SLOT, facts);
    assertThat(read(EventKey.PLAIN).firstOver()).isTrue();
    assertThat(read(EventKey.PLAIN).late()).isTrue();

    write();
    facts.flags = SlotLayout.FIRST;
    SlotLayout.add(page, SLOT, facts);

    assertThat(read(EventKey.PLAIN).count()).isEqualTo(2);
    assertThat(read(EventKey.PLAIN).firstOver()).isFalse();
  }

  // ------------------------------------------------------------------ keys

  @Property
  void shouldShowTextAsItself(@ForAll("texts") String key) {
    for (int kind : new int[] {SlotLayout.KEY_TEXT, SlotLayout.KEY_BYTES}) {
      key(kind, key.getBytes(UTF_8));
      write();

      assertKey(KeyForm.TEXT, key);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\u00e9", "\u4e2d", "\ud83d\ude00", "\u0000", "line\nfeed\"\\"})
  void shouldShowTextWhateverItsChars(String key) {
    key(SlotLayout.KEY_TEXT, key.getBytes(UTF_8));
    write();

    assertKey(KeyForm.TEXT, key);
    assertThat(read(EventKey.PLAIN).keyCut()).isFalse();
  }

  @Test
  void shouldShowBytesThatAreNoTextAsBase64() {
    for (byte[] key :
        List.of(
            new byte[] {(byte) 0xff},
            new byte[] {'a', (byte) 0x80},
            new byte[] {(byte) 0xc3},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            new byte[] {(byte) 0xf0, (byte) 0x9f, (byte) 0x98})) {
      for (int kind : new int[] {SlotLayout.KEY_TEXT, SlotLayout.KEY_BYTES}) {
        key(kind, key);
        write();

        assertKey(KeyForm.BASE64, Base64.getEncoder().encodeToString(key));
        assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.PLAIN)).isEqualTo(key);
      }
    }
  }

  @Property
  void shouldShowAnyBytesSoThatTheyCanBeHadBack(@ForAll @Size(max = ROOM) byte[] key) {
    key(SlotLayout.KEY_BYTES, key);
    write();

    BlockedEvent event = read(EventKey.PLAIN);
    String shown = String.valueOf(event.key());
    assertThat(
            event.keyForm() == KeyForm.TEXT
                ? shown.getBytes(UTF_8)
                : Base64.getDecoder().decode(shown))
        .isEqualTo(key);
  }

  @Property
  void shouldShowLongsAsDigits(@ForAll long key) {
    key(SlotLayout.KEY_LONG, ByteBuffer.allocate(8).putLong(key).array());
    write();

    assertKey(KeyForm.NUMBER, Long.toString(key));
  }

  @Property
  void shouldShowIntsAsDigits(@ForAll int key) {
    key(SlotLayout.KEY_INT, ByteBuffer.allocate(4).putInt(key).array());
    write();

    assertKey(KeyForm.NUMBER, Integer.toString(key));
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void shouldShowNothingOfARecordWithoutAKey(EventKey eventKey) {
    facts.keyLength = -1;
    write();

    BlockedEvent event = read(eventKey);
    assertThat(event.key()).isNull();
    assertThat(event.keyForm()).isEqualTo(KeyForm.NONE);
    assertThat(event.fingerprint()).isNull();
    assertThat(SlotLayout.kafkaKey(page, SLOT, eventKey)).isNull();
  }

  @Test
  void shouldTellAnEmptyKeyFromNone() {
    key(SlotLayout.KEY_TEXT, new byte[0]);
    write();

    assertKey(KeyForm.TEXT, "");
    assertThat(read(EventKey.PLAIN).fingerprint()).isNotNull();
    assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.PLAIN)).isEmpty();
  }

  @Test
  void shouldReadNoFurtherThanTheKeysLength() {
    key(SlotLayout.KEY_TEXT, "customer and what the buffer held before".getBytes(UTF_8));
    facts.keyLength = "customer".length();
    write();

    assertKey(KeyForm.TEXT, "customer");
  }

  // ------------------------------------------------------------------ keys that do not fit

  @Test
  void shouldKeepAKeyThatJustFits() {
    String key = "k".repeat(ROOM);
    key(SlotLayout.KEY_TEXT, key.getBytes(UTF_8));
    write();

    assertKey(KeyForm.TEXT, key);
    assertThat(read(EventKey.PLAIN).keyCut()).isFalse();
  }

  @Test
  void shouldCutAndFlagAKeyThatDoesNotFit() {
    String key = "k".repeat(ROOM) + "!";
    key(SlotLayout.KEY_TEXT, key.getBytes(UTF_8));
    write();

    assertKey(KeyForm.TEXT, "k".repeat(ROOM));
    BlockedEvent event = read(EventKey.PLAIN);
    assertThat(event.keyCut()).isTrue();
    assertThat(event.fingerprint())
        .as("of the whole key")
        .isEqualTo("0123456789abcdeffedcba9876543210");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00e9", "\u4e2d", "\ud83d\ude00"})
  void shouldDropACharThatTheCutTears(String last) {
    int bytes = last.getBytes(UTF_8).length;
    for (int kept = 0; kept < bytes; kept++) {
      String whole = "k".repeat(ROOM - kept);
      key(SlotLayout.KEY_TEXT, (whole + last + "more").getBytes(UTF_8));
      write();

      assertKey(KeyForm.TEXT, whole);
      assertThat(read(EventKey.PLAIN).keyCut()).isTrue();
    }
    String fits = "k".repeat(ROOM - bytes) + last;
    key(SlotLayout.KEY_TEXT, (fits + "more").getBytes(UTF_8));
    write();

    assertKey(KeyForm.TEXT, fits);
  }

  @Test
  void shouldShowWhatIsLeftOfBytesThatAreNoTextAsBase64() {
    byte[] key = new byte[2 * ROOM];
    Arrays.fill(key, (byte) 0xff);
    key(SlotLayout.KEY_BYTES, key);
    write();

    assertKey(KeyForm.BASE64, Base64.getEncoder().encodeToString(Arrays.copyOf(key, ROOM)));
    assertThat(read(EventKey.PLAIN).keyCut()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void shouldGiveKeysThatDifferBeyondTheCutKafkaKeysThatSayNoMoreThanAsked(EventKey eventKey) {
    key(SlotLayout.KEY_TEXT, ("k".repeat(ROOM) + "one").getBytes(UTF_8));
    write();
    byte[] one = SlotLayout.kafkaKey(page, SLOT, eventKey);
    key(SlotLayout.KEY_TEXT, ("k".repeat(ROOM) + "two").getBytes(UTF_8));
    facts.fingerprintLow++;
    write();
    byte[] two = SlotLayout.kafkaKey(page, SLOT, eventKey);

    switch (eventKey) {
      case PLAIN -> assertThat(one).isEqualTo(two).hasSize(ROOM);
      case HASHED -> assertThat(one).isNotEqualTo(two).hasSize(16);
      case NONE -> assertThat(one).isNull();
    }
  }

  // ------------------------------------------------------------------ how much of a key is shown

  @Test
  void shouldShowTheFingerprintAloneIfKeysAreHashed() {
    key(SlotLayout.KEY_TEXT, "customer".getBytes(UTF_8));
    write();

    BlockedEvent event = read(EventKey.HASHED);
    assertThat(event.key()).isNull();
    assertThat(event.keyForm()).isEqualTo(KeyForm.HASHED);
    assertThat(event.fingerprint()).isEqualTo("0123456789abcdeffedcba9876543210");
    assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.HASHED))
        .asHexString()
        .isEqualToIgnoringCase("0123456789abcdeffedcba9876543210");
  }

  @Test
  void shouldShowNothingIfKeysAreNotShown() {
    key(SlotLayout.KEY_TEXT, "customer".getBytes(UTF_8));
    write();

    BlockedEvent event = read(EventKey.NONE);
    assertThat(event.key()).isNull();
    assertThat(event.keyForm()).isEqualTo(KeyForm.NONE);
    assertThat(event.fingerprint()).isNull();
    assertThat(SlotLayout.kafkaKey(page, SLOT, EventKey.NONE)).isNull();
  }

  @ParameterizedTest
  @EnumSource(value = EventKey.class, names = "PLAIN", mode = EnumSource.Mode.EXCLUDE)
  void shouldKeepAKeyOutOfTheJsonUnlessItIsPlain(EventKey eventKey) {
    key(SlotLayout.KEY_TEXT, "customer".getBytes(UTF_8));
    write();

    assertThat(new String(BlockedEventJson.write(read(eventKey)), UTF_8))
        .doesNotContain("customer")
        .doesNotContain(Base64.getEncoder().encodeToString("customer".getBytes(UTF_8)));
  }

  // ------------------------------------------------------------------ growth

  @Test
  void shouldAddARecordToAnEvent() {
    key(SlotLayout.KEY_TEXT, "customer".getBytes(UTF_8));
    facts.offset = 40;
    facts.time = 1_000;
    facts.cost = 3;
    facts.flags = SlotLayout.SHARED_ROW;
    SlotLayout.write(page, SLOT, STRIDE, facts, 2, 9);
    facts.offset = 45;
    facts.time = 900;
    facts.cost = 0;
    facts.flags = SlotLayout.LATE;
    SlotLayout.add(page, SLOT, facts);
    facts.offset = 50;
    facts.time = 1_200;
    facts.cost = 4;
    facts.flags = 0;
    SlotLayout.add(page, SLOT, facts);

    BlockedEvent event = read(EventKey.PLAIN);
    assertThat(event.count()).isEqualTo(3);
    assertThat(event.cost()).isEqualTo(7);
    assertThat(event.firstOffset()).isEqualTo(40);
    assertThat(event.lastOffset()).isEqualTo(50);
    assertThat(event.firstTime()).isEqualTo(1_000);
    assertThat(event.lastTime()).isEqualTo(1_200);
    assertThat(event.sharedRow()).isTrue();
    assertThat(event.late()).isTrue();
    assertThat(event.future()).isFalse();
    assertThat(event.ordinal()).isEqualTo(9);
    assertThat(event.key()).isEqualTo("customer");
    assertNeighboursUntouched();
  }

  @Test
  void shouldHoldTheCostAtTheLargestNumber() {
    facts.cost = Long.MAX_VALUE - 1;
    write();
    facts.cost = 1;
    SlotLayout.add(page, SLOT, facts);
    assertThat(read(EventKey.PLAIN).cost()).isEqualTo(Long.MAX_VALUE);

    SlotLayout.add(page, SLOT, facts);
    facts.cost = Long.MAX_VALUE;
    SlotLayout.add(page, SLOT, facts);

    assertThat(read(EventKey.PLAIN).cost()).isEqualTo(Long.MAX_VALUE);
    assertThat(read(EventKey.PLAIN).count()).isEqualTo(4);
  }

  @Property
  void shouldSumCostsWithoutWrapping(@ForAll List<@LongRange(min = 0) Long> costs) {
    facts.cost = 0;
    write();
    long sum = 0;
    for (long cost : costs) {
      facts.cost = cost;
      SlotLayout.add(page, SLOT, facts);
      sum = cost > Long.MAX_VALUE - sum ? Long.MAX_VALUE : sum + cost;
    }

    assertThat(read(EventKey.PLAIN).cost()).isEqualTo(sum);
    assertThat(read(EventKey.PLAIN).count()).isEqualTo(costs.size() + 1);
  }

  // ------------------------------------------------------------------ helpers

  @Provide
  Arbitrary<long[]> longs() {
    return Arbitraries.longs().array(long[].class).ofSize(6);
  }

  /** Text that fits, of whole chars, however many bytes they are. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Integer> chars =
        Combinators.combine(
                Arbitraries.integers().between(0, Character.MAX_CODE_POINT),
                Arbitraries.integers().between(0, 0x7ff))
            .as((any, low) -> Character.getType(any) == Character.SURROGATE ? low : any);
    return chars
        .list()
        .ofMaxSize(ROOM / 4)
        .map(
            list -> {
              StringBuilder text = new StringBuilder();
              list.forEach(text::appendCodePoint);
              return text.toString();
            });
  }

  private void key(int kind, byte[] bytes) {
    facts.key = bytes;
    facts.keyLength = bytes.length;
    facts.keyKind = kind;
  }

  private void write() {
    SlotLayout.write(page, SLOT, STRIDE, facts, 0, 0);
  }

  private BlockedEvent read(EventKey eventKey) {
    return SlotLayout.read(
        page,
        SLOT,
        SlotLayout.getInt(page, SLOT + SlotLayout.FLAGS),
        LaneRig.settings(2, 4, eventKey, Delivery.AT_LEAST_ONCE),
        "orders-in",
        7,
        "00c0ffee00c0ffee");
  }

  private void assertKey(KeyForm form, @Nullable String key) {
    BlockedEvent event = read(EventKey.PLAIN);
    assertThat(event.keyForm()).isEqualTo(form);
    assertThat(event.key()).isEqualTo(key);
  }

  private void assertNeighboursUntouched() {
    assertThat(Arrays.copyOf(page, SLOT)).containsOnly(UNTOUCHED);
    assertThat(Arrays.copyOfRange(page, SLOT + STRIDE, page.length)).containsOnly(UNTOUCHED);
  }
}
