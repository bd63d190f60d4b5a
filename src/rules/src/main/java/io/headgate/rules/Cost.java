package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * Says how many units a record costs. A cost of 0 passes uncharged; one above the limit is blocked.
 * Immutable and safe for any thread, as a function of one's own must be.
 */
@FunctionalInterface
public interface Cost {

  /** Each record costs one unit. */
  Cost ONE = CostKinds.Plain.ONE;

  /** A record costs the bytes of its value, as {@link RecordView#valueBytes} counts them. */
  Cost VALUE_BYTES = CostKinds.Plain.VALUE_BYTES;

  /**
   * Looks at a record.
   *
   * @param view shows the record; not to be kept
   * @return units, 0 or more
   * @throws IllegalArgumentException if the record's cost is negative, or cannot be told; in one
   *     line that says what was found
   */
  long of(RecordView view);

  /**
   * Takes the cost from a header: a whole number in decimal. One that is larger than a {@code long}
   * counts as the largest.
   *
   * @param name the header's name; the last one of that name counts
   * @param otherwise units if the header is missing or no whole number, 0 or more
   * @return the cost
   */
  static Cost header(String name, long otherwise) {
    return new CostKinds.OfHeader(name, otherwise);
  }

  /**
   * Takes the cost from a header, and 1 if it is missing or no whole number.
   *
   * @param name the header's name; the last one of that name counts
   * @return the cost
   */
  static Cost header(String name) {
    return header(name, 1);
  }

  /**
   * Takes the cost from a field of the value: a whole number in decimal, also as text. One that is
   * larger than a {@code long} counts as the largest.
   *
   * @param pointer a JSON pointer into the value, such as {@code /bytes}
   * @param otherwise units if the field is missing or no whole number, 0 or more
   * @return the cost
   */
  static Cost field(String pointer, long otherwise) {
    return field(Conditions.pointer(pointer), otherwise);
  }

  /**
   * Takes the cost from a field of the value, and 1 if it is missing or no whole number.
   *
   * @param pointer a JSON pointer into the value, such as {@code /bytes}
   * @return the cost
   */
  static Cost field(String pointer) {
    return field(pointer, 1);
  }

  /**
   * Takes the cost from a field of the value.
   *
   * @param pointer where the field is
   * @param otherwise units if the field is missing or no whole number, 0 or more
   * @return the cost
   */
  static Cost field(JsonPointer pointer, long otherwise) {
    return new CostKinds.OfField(pointer, otherwise);
  }

  /**
   * Takes the cost from a function of one's own, and refuses negative numbers.
   *
   * @param function units of a record, 0 or more
   * @return the cost; equal to another of the same function alone
   */
  static Cost of(ToLongFunction<RecordView> function) {
    return new CostKinds.OfFunction(Objects.requireNonNull(function, "function"));
  }
}
