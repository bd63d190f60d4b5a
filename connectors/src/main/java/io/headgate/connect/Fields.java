package io.headgate.connect;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Finds fields in keys and values, with a schema and without. Stateless. */
final class Fields {

  private Fields() {}

  /**
   * Reads a JSON pointer.
   *
   * @throws IllegalArgumentException if it is none, or names no field
   */
  static JsonPointer pointer(String text) {
    JsonPointer pointer;
    try {
      pointer = JsonPointer.compile(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(expected(text), e);
    }
    if (pointer.matches()) {
      throw new IllegalArgumentException(expected(text));
    }
    return pointer;
  }

  private static String expected(String text) {
    return "found \"field:" + text + "\", expected a JSON pointer, such as field:/user/id";
  }

  /** What is at a place; null if nothing is. */
  static @Nullable Object at(@Nullable Object root, JsonPointer pointer) {
    Object at = root;
    for (JsonPointer next = pointer; at != null && !next.matches(); next = next.tail()) {
      String name = next.getMatchingProperty();
      if (at instanceof Struct struct) {
        Field field = struct.schema().field(name);
        // A Struct's default stands for what was left out, as its sinks see it.
        at = field == null ? null : struct.get(field);
      } else if (at instanceof Map<?, ?> map) {
        at = map.get(name);
      } else if (at instanceof List<?> list) {
        int index = next.getMatchingIndex();
        at = index >= 0 && index < list.size() ? list.get(index) : null;
      } else {
        at = null;
      }
    }
    return at;
  }
}
