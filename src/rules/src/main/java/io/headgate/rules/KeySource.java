package io.headgate.rules;

import org.jspecify.annotations.Nullable;

/**
 * Where a record's limit key is: what is counted by. Its key, unless a header, a field of the
 * value, or several of those together are named. Immutable, safe for any thread, equal when it says
 * the same.
 *
 * <p>A key of several parts is their texts with U+001F between them. A part that holds U+001F or
 * U+001E itself has {@code U+001E 1} or {@code U+001E 0} there instead, so that no two keys become
 * one.
 */
public sealed interface KeySource
    permits KeySources.RecordKey, KeySources.OfHeader, KeySources.OfField, KeySources.Composite {

  /**
   * Takes the record's key.
   *
   * @return the source
   */
  static KeySource recordKey() {
    return KeySources.RecordKey.RECORD;
  }

  /**
   * Takes a header's text.
   *
   * @param name the header's name; the last one of that name counts
   * @return the source
   */
  static KeySource header(String name) {
    return new KeySources.OfHeader(name);
  }

  /**
   * Takes the text of a field of the value.
   *
   * @param pointer a JSON pointer into the value, such as {@code /user/id}
   * @return the source
   * @throws IllegalArgumentException if it is no pointer
   */
  static KeySource field(String pointer) {
    return new KeySources.OfField(Conditions.pointer(pointer));
  }

  /**
   * Takes several parts together.
   *
   * @param parts one or more; those of a part that has several itself stand for it
   * @return the source; of one part alone, that one
   * @throws IllegalArgumentException if there is none
   */
  static KeySource composite(KeySource... parts) {
    return KeySources.composite(parts);
  }

  /**
   * Finds a record's limit key.
   *
   * @param view shows the record
   * @return the key's text, or null if the record has none: a part is missing, or the record key is
   *     of a type without text
   */
  @Nullable String of(RecordView view);

  /**
   * Says whether this is the record's key and nothing else: then the stream's own partitions have
   * all records of a key in one place.
   *
   * @return true for {@link #recordKey}
   */
  boolean isRecordKey();
}
