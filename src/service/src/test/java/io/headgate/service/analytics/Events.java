package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.lane.BlockedEventSerde.EventSerializer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Makes events of a blocked topic. */
public final class Events {

  static final String LIMITER = "edge";

  private Events() {}

  /** A fingerprint such as a limiter would give: of the key and the rule. */
  private static String print(String rule, String key) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits((long) rule.hashCode()) + hex.toHexDigits(key.hashCode() * 31L + 7);
  }

  public static BlockedEvent plain(String rule, String key, long count, long time) {
    return event(rule, key, KeyForm.TEXT, print(rule, key), count, time, time, false, false, false);
  }

  static BlockedEvent shadow(String rule, String key, long count, long time) {
    return event(rule, key, KeyForm.TEXT, print(rule, key), count, time, time, false, false, true);
  }

  static BlockedEvent hashed(String rule, String key, long count, long time) {
    return event(
        rule, null, KeyForm.HASHED, print(rule, key), count, time, time, false, false, false);
  }

  static BlockedEvent cut(String rule, String shown, String key, long time) {
    return event(rule, shown, KeyForm.TEXT, print(rule, key), 1, time, time, false, true, false);
  }

  static BlockedEvent keyless(String rule, long count, long time) {
    return event(rule, null, KeyForm.NONE, null, count, time, time, false, false, false);
  }

  static BlockedEvent overflow(String rule, long count, long time) {
    return event(rule, null, KeyForm.NONE, null, count, time, time, true, false, false);
  }

  static BlockedEvent summary(String rule, String key, long count, long first, long last) {
    return event(
        rule, key, KeyForm.TEXT, print(rule, key), count, first, last, false, false, false);
  }

  private static BlockedEvent event(
      String rule,
      @Nullable String key,
      KeyForm form,
      @Nullable String print,
      long count,
      long first,
      long last,
      boolean overflow,
      boolean cut,
      boolean shadow) {
    return new BlockedEvent(
        LIMITER,
        rule,
        key,
        form,
        print,
        count,
        3 * count,
        100,
        60_000,
        "requests",
        0,
        0,
        0,
        first,
        last,
        0,
        "0123456789abcdef",
        overflow,
        cut,
        false,
        false,
        false,
        shadow,
        false);
  }

  public static byte[] bytes(BlockedEvent event) {
    try (EventSerializer serializer = new EventSerializer()) {
      byte[] bytes = serializer.serialize("blocked", event);
      if (bytes == null) {
        throw new AssertionError("no bytes");
      }
      return bytes;
    }
  }
}
