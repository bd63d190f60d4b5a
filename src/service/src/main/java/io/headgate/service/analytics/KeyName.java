package io.headgate.service.analytics;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;
import org.jspecify.annotations.Nullable;

/**
 * A limit key as the roll-up tells it from others: by its text where events show one, so that it is
 * the same under each rule; else by its fingerprint, which is another under each rule. Immutable.
 *
 * @param form what the text is; never {@link KeyForm#NONE}
 * @param text the key, cut after {@value #MAX_TEXT} chars; of a hashed one its fingerprint
 * @param fingerprint 32 hexadecimal digits if the text is cut, else empty
 */
record KeyName(KeyForm form, String text, String fingerprint) {

  /** Chars of a text that are kept: what a counter costs in memory is bounded. */
  static final int MAX_TEXT = 256;

  /** Numbers of the forms in bytes and in hashes, by their order: never changed. */
  private static final KeyForm[] FORMS = {
    KeyForm.NONE, KeyForm.TEXT, KeyForm.NUMBER, KeyForm.BASE64, KeyForm.HASHED
  };

  // Seeds are a form's number: sketches of different builds and machines are merged, so they are
  // the same for ever, and no secret. Who may choose keys at will could choose some that a sketch
  // takes for one another: it would count too few of them.
  private static final Hasher64[] HASHERS = {
    Hashing.xxh3_64(0),
    Hashing.xxh3_64(1),
    Hashing.xxh3_64(2),
    Hashing.xxh3_64(3),
    Hashing.xxh3_64(4)
  };

  /** Finds the key of an event: null if it shows none. */
  static @Nullable KeyName of(BlockedEvent event) {
    String print = event.fingerprint();
    if (event.overflow() || event.keyForm() == KeyForm.NONE || print == null) {
      return null;
    }
    String text = event.key();
    if (text == null) {
      return new KeyName(KeyForm.HASHED, print, "");
    }
    if (text.length() > MAX_TEXT) {
      boolean torn = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1));
      return new KeyName(event.keyForm(), text.substring(0, torn ? MAX_TEXT - 1 : MAX_TEXT), print);
    }
    return new KeyName(event.keyForm(), text, event.keyCut() ? print : "");
  }

  /** Returns 64 bits of the key, as {@code DistinctSketch} wants them. */
  long hash() {
    return HASHERS[code(form)].hashCharsToLong(fingerprint.isEmpty() ? text : fingerprint);
  }

  void write(BytesWriter out) {
    out.u8(code(form)).text(text).text(fingerprint);
  }

  static KeyName read(BytesReader in) {
    int code = in.u8();
    if (code < 1 || code >= FORMS.length) {
      throw new CodecException("form " + code + " of a key, expected 1 to " + (FORMS.length - 1));
    }
    return new KeyName(FORMS[code], in.text(), in.text());
  }

  private static int code(KeyForm form) {
    return switch (form) {
      case NONE -> 0;
      case TEXT -> 1;
      case NUMBER -> 2;
      case BASE64 -> 3;
      case HASHED -> 4;
    };
  }

  /** Says whether the text is less than the key. */
  boolean isCut() {
    return !fingerprint.isEmpty();
  }
}
