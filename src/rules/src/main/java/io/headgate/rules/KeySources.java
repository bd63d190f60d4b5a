package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sources that {@link KeySource} makes. */
final class KeySources {

  private static final char SEPARATOR = '\u001f';
  private static final char ESCAPE = '\u001e';

  private KeySources() {}

  static KeySource composite(KeySource... parts) {
    List<KeySource> flat = new ArrayList<>();
    for (KeySource part : parts) {
      if (part instanceof Composite composite) {
        flat.addAll(composite.parts);
      } else {
        flat.add(Objects.requireNonNull(part, "part"));
      }
    }
    if (flat.isEmpty()) {
      throw new IllegalArgumentException("key of no parts: expected one or more");
    }
    return flat.size() == 1 ? flat.get(0) : new Composite(flat);
  }

  enum RecordKey implements KeySource {
    RECORD;

    @Override
    public @Nullable String of(RecordView view) {
      return view.keyText();
    }

    @Override
    public boolean isRecordKey() {
      return true;
    }

    @Override
    public String toString() {
      return "record";
    }
  }

  record OfHeader(String name) implements KeySource {
    OfHeader {
      Objects.requireNonNull(name, "name");
    }

    @Override
    public @Nullable String of(RecordView view) {
      return view.header(name);
    }

    @Override
    public boolean isRecordKey() {
      return false;
    }

    @Override
    public String toString() {
      return "header " + name;
    }
  }

  record OfField(JsonPointer pointer) implements KeySource {
    @Override
    public @Nullable String of(RecordView view) {
      return view.field(pointer);
    }

    @Override
    public boolean isRecordKey() {
      return false;
    }

    @Override
    public String toString() {
      return "field " + pointer;
    }
  }

  record Composite(List<KeySource> parts) implements KeySource {
    Composite {
      parts = List.copyOf(parts);
    }

    @Override
    public @Nullable String of(RecordView view) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < parts.size(); i++) {
        String part = parts.get(i).of(view);
        if (part == null) {
          return null;
        }
        if (i > 0) {
          text.append(SEPARATOR);
        }
        append(text, part);
      }
      return text.toString();
    }

    private static void append(StringBuilder text, String part) {
      if (part.indexOf(SEPARATOR) < 0 && part.indexOf(ESCAPE) < 0) {
        text.append(part);
        return;
      }
      for (int i = 0; i < part.length(); i++) {
        char c = part.charAt(i);
        if (c == SEPARATOR || c == ESCAPE) {
          text.append(ESCAPE).append(c == SEPARATOR ? '1' : '0');
        } else {
          text.append(c);
        }
      }
    }

    @Override
    public boolean isRecordKey() {
      return false;
    }

    @Override
    public String toString() {
      return parts.stream().map(KeySource::toString).collect(Collectors.joining(" + "));
    }
  }
}
