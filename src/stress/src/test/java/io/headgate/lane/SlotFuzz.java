package io.headgate.lane;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import io.headgate.lane.BlockedEvent.KeyForm;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A slot of any facts, its key any bytes, perhaps cut anywhere: it reads back as what was written,
 * touches no other slot, and its JSON reads back as the same event.
 */
public final class SlotFuzz {

  private static final byte GUARD = 0x5a;

  private SlotFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(FuzzedDataProvider data) {
    BlockedFacts facts = new BlockedFacts();
    facts.fingerprintHigh = data.consumeLong();
    facts.fingerprintLow = data.consumeLong();
    facts.limit = data.consumeLong();
    facts.windowMillis = data.consumeLong();
    facts.offset = data.consumeLong();
    facts.time = data.consumeLong();
    facts.cost = data.consumeLong(0, Long.MAX_VALUE);
    facts.rule = data.consumeInt(0, 1);
    facts.flags =
        data.consumeInt(0, 7) * SlotLayout.SHARED_ROW
            | (data.consumeBoolean() ? SlotLayout.OVERFLOW : 0)
            | (data.consumeBoolean() ? SlotLayout.SHADOW : 0)
            | (data.consumeBoolean() ? SlotLayout.FIRST : 0);
    facts.keyKind = data.consumeInt(SlotLayout.KEY_BYTES, SlotLayout.KEY_INT);
    int records = data.consumeInt(1, 3);
    int ordinal = data.consumeInt();
    EventKey eventKey = data.pickValue(EventKey.values());
    int stride = 8 * data.consumeInt(16, 20);
    boolean hasKey = data.consumeBoolean();
    if (hasKey) {
      facts.key =
          switch (facts.keyKind) {
            case SlotLayout.KEY_LONG -> ByteBuffer.allocate(8).putLong(data.consumeLong()).array();
            case SlotLayout.KEY_INT -> ByteBuffer.allocate(4).putInt(data.consumeInt()).array();
            default -> data.consumeRemainingAsBytes();
          };
      facts.keyLength = facts.key.length;
    }
    byte[] page = new byte[3 * stride];
    Arrays.fill(page, GUARD);
    SlotLayout.write(page, stride, stride, facts, 1, ordinal);
    for (int i = 1; i < records; i++) {
      SlotLayout.add(page, stride, facts);
    }
    for (int i = 0; i < stride; i++) {
      check(page[i] == GUARD && page[2 * stride + i] == GUARD, "a neighbour is untouched");
    }

    LaneSettings settings =
        new LaneSettings(
            "blocked",
            "name",
            List.of("a", "b"),
            8,
            8,
            128,
            eventKey,
            Delivery.AT_LEAST_ONCE,
            Emit.EVERY,
            LaneFailurePolicy.STOP);
    int flags = SlotLayout.getInt(page, stride + SlotLayout.FLAGS);
    BlockedEvent event = SlotLayout.read(page, stride, flags, settings, "topic", 3, "attempt");

    check(event.rule().equals(facts.rule == 0 ? "a" : "b"), "rule");
    check(event.limit() == facts.limit && event.windowMillis() == facts.windowMillis, "limit");
    check(event.firstOffset() == facts.offset && event.lastOffset() == facts.offset, "offsets");
    check(event.firstTime() == facts.time && event.lastTime() == facts.time, "times");
    check(event.count() == records && event.ordinal() == ordinal, "count");
    check(event.shadow() == ((facts.flags & SlotLayout.SHADOW) != 0), "outcome");
    check(event.firstOver() == ((facts.flags & SlotLayout.FIRST) != 0), "first");
    check(event.cost() == saturated(facts.cost, records), "cost");
    boolean cut = hasKey && facts.keyLength > stride - SlotLayout.KEY;
    check(event.keyCut() == cut, "cut");
    byte[] kept =
        hasKey
            ? Arrays.copyOf(facts.key, cut ? stride - SlotLayout.KEY : facts.keyLength)
            : new byte[0];
    KeyForm form = form(hasKey, eventKey, facts.keyKind, kept, cut);
    check(form == event.keyForm(), "form");
    switch (form) {
      case TEXT -> {
        byte[] shown = String.valueOf(event.key()).getBytes(StandardCharsets.UTF_8);
        // Of a key that was cut, a last char may be torn: it has four bytes at the most.
        check(shown.length == kept.length || cut && kept.length - shown.length < 4, "length");
        check(Arrays.equals(shown, Arrays.copyOf(kept, shown.length)), "text");
      }
      case BASE64 -> check(Base64.getEncoder().encodeToString(kept).equals(event.key()), "base 64");
      case NUMBER ->
          check(
              Long.toString(
                      kept.length == 8
                          ? ByteBuffer.wrap(kept).getLong()
                          : ByteBuffer.wrap(kept).getInt())
                  .equals(event.key()),
              "number");
      default -> check(event.key() == null, "no key");
    }
    check(event.equals(BlockedEventJson.read(BlockedEventJson.write(event))), "JSON");
  }

  private static KeyForm form(boolean hasKey, EventKey shown, int kind, byte[] kept, boolean cut) {
    if (!hasKey || shown == EventKey.NONE) {
      return KeyForm.NONE;
    }
    if (shown == EventKey.HASHED) {
      return KeyForm.HASHED;
    }
    if (kind == SlotLayout.KEY_LONG || kind == SlotLayout.KEY_INT) {
      return KeyForm.NUMBER;
    }
    for (int torn = 0; torn < (cut ? 4 : 1) && torn <= kept.length; torn++) {
      if (isText(Arrays.copyOf(kept, kept.length - torn))
          && isStartOfChar(kept, kept.length - torn)) {
        return KeyForm.TEXT;
      }
    }
    return KeyForm.BASE64;
  }

  private static boolean isText(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** True if the bytes from a place on could be the start of one char, or are none at all. */
  private static boolean isStartOfChar(byte[] bytes, int from) {
    CharBuffer out = CharBuffer.allocate(4);
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(bytes, from, bytes.length - from), out, false)
        .isUnderflow();
  }

  private static long saturated(long cost, int records) {
    return cost > Long.MAX_VALUE / records ? Long.MAX_VALUE : cost * records;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
