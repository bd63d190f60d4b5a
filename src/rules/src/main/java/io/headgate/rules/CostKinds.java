package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The costs that {@link Cost} makes: immutable, equal when they say the same. */
final class CostKinds {

  private CostKinds() {}

  enum Plain implements Cost {
    ONE("1"),
    VALUE_BYTES("bytes");

    private final String word;

    Plain(String word) {
      this.word = word;
    }

    @Override
    public long of(RecordView view) {
      return this == ONE ? 1 : view.valueBytes();
    }

    @Override
    public String toString() {
      return word;
    }
  }

  record OfHeader(String name, long otherwise) implements Cost {
    OfHeader {
      Objects.requireNonNull(name, "name");
      checkDefault(otherwise);
    }

    @Override
    public long of(RecordView view) {
      return number("header", name, view.header(name), otherwise);
    }

    @Override
    public String toString() {
      return "header " + name + ", default " + otherwise;
    }
  }

  record OfField(JsonPointer pointer, long otherwise) implements Cost {
    OfField {
      Objects.requireNonNull(pointer, "pointer");
      checkDefault(otherwise);
    }

    @Override
    public long of(RecordView view) {
      return number("field", pointer, view.field(pointer), otherwise);
    }

    @Override
    public String toString() {
      return "field " + pointer + ", default " + otherwise;
    }
  }

  record OfFunction(ToLongFunction<RecordView> function) implements Cost {
    @Override
    public long of(RecordView view) {
      long cost = function.applyAsLong(view);
      if (cost < 0) {
        throw new IllegalArgumentException(
            "cost " + cost + " of the cost function: expected 0 or more");
      }
      return cost;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof OfFunction that && function == that.function;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(function);
    }

    @Override
    public String toString() {
      return "function " + function;
    }
  }

  private static void checkDefault(long otherwise) {
    if (otherwise < 0) {
      throw new IllegalArgumentException("default cost " + otherwise + ": expected 0 or more");
    }
  }

  /** A whole number in decimal, without an exception for a text that is none. */
  private static long number(String what, Object name, @Nullable String text, long otherwise) {
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    boolean negative = text.charAt(0) == '-';
    int from = negative || text.charAt(0) == '+' ? 1 : 0;
    if (from == text.length()) {
      return otherwise;
    }
    long number = 0;
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return otherwise;
      }
      number = number > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : number * 10 + digit;
    }
    if (negative && number != 0) {
      throw new IllegalArgumentException(
          "cost " + text + " in " + what + " " + name + ": expected 0 or more");
    }
    return number;
  }
}
