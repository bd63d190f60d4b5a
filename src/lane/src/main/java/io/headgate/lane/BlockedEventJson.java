package io.headgate.lane;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.headgate.lane.BlockedEvent.KeyForm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the JSON of a {@link BlockedEvent}. A field that this build does not know is
 * skipped, so that newer events can be read; one that is missing or of the wrong type is an error
 * that names it. Flags that are false are left out. Safe for any thread.
 */
final class BlockedEventJson {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final String BLOCKED = "BLOCKED";
  private static final String SHADOW_BLOCKED = "SHADOW_BLOCKED";

  /** Chars of a text that a message quotes. */
  private static final int MAX_QUOTED = 40;

  private BlockedEventJson() {}

  static byte[] write(BlockedEvent event) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("v", event.version());
      json.writeStringField("limiter", event.limiter());
      json.writeStringField("rule", event.rule());
      json.writeStringField("outcome", event.shadow() ? SHADOW_BLOCKED : BLOCKED);
      if (event.key() != null) {
        json.writeStringField("key", event.key());
      }
      json.writeStringField("keyForm", event.keyForm().name().toLowerCase(Locale.ROOT));
      if (event.fingerprint() != null) {
        json.writeStringField("fingerprint", event.fingerprint());
      }
      json.writeNumberField("count", event.count());
      json.writeNumberField("cost", event.cost());
      json.writeNumberField("limit", event.limit());
      json.writeNumberField("windowMs", event.windowMillis());
      json.writeStringField("topic", event.topic());
      json.writeNumberField("partition", event.partition());
      json.writeNumberField("firstOffset", event.firstOffset());
      json.writeNumberField("lastOffset", event.lastOffset());
      json.writeNumberField("firstTime", event.firstTime());
      json.writeNumberField("lastTime", event.lastTime());
      json.writeNumberField("ordinal", event.ordinal());
      json.writeStringField("attempt", event.attempt());
      flag(json, "overflow", event.overflow());
      flag(json, "keyCut", event.keyCut());
      flag(json, "sharedRow", event.sharedRow());
      flag(json, "future", event.future());
      flag(json, "late", event.late());
      flag(json, "firstOver", event.firstOver());
      json.writeEndObject();
    } catch (IOException e) {
      // Nothing here writes further than memory.
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void flag(JsonGenerator json, String name, boolean set) throws IOException {
    if (set) {
      json.writeBooleanField(name, true);
    }
  }

  static BlockedEvent read(byte[] bytes) {
    try (JsonParser json = FACTORY.createParser(bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw broken("expected an object, found " + found(json), null);
      }
      BlockedEvent event = new Reader().read(json);
      if (json.nextToken() != null) {
        throw broken("something follows the object: " + found(json), null);
      }
      return event;
    } catch (SerializationException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw broken(String.valueOf(e.getMessage()), e);
    }
  }

  private static SerializationException broken(String what, @Nullable Exception cause) {
    // Jackson's messages go on with the place on further lines.
    String line = what.lines().findFirst().orElse(what);
    return new SerializationException(
        "not a blocked event: "
            + line
            + " (schema: version "
            + BlockedEvent.SCHEMA_VERSION
            + " of blocked-event.md)",
        cause);
  }

  /** A text that came from outside, fit for a message. */
  private static String quoted(String text) {
    String start = text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "...";
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(start)) + '"';
  }

  private static String found(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    return token == null ? "nothing" : token.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** The fields of one object as they come. */
  private static final class Reader {
    private int version = -1;
    private @Nullable String limiter;
    private @Nullable String rule;
    private @Nullable String key;
    private @Nullable KeyForm keyForm;
    private @Nullable String fingerprint;
    private @Nullable Long count;
    private @Nullable Long cost;
    private @Nullable Long limit;
    private @Nullable Long windowMillis;
    private @Nullable String topic;
    private @Nullable Long partition;
    private @Nullable Long firstOffset;
    private @Nullable Long lastOffset;
    private @Nullable Long firstTime;
    private @Nullable Long lastTime;
    private @Nullable Long ordinal;
    private @Nullable String attempt;
    private boolean overflow;
    private boolean keyCut;
    private boolean sharedRow;
    private boolean future;
    private boolean late;
    private boolean shadow;
    private boolean firstOver;

    BlockedEvent read(JsonParser json) throws IOException {
      String name = "";
      try {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          name = json.currentName();
          json.nextToken();
          field(json, name);
        }
      } catch (InputCoercionException e) {
        throw broken("field \"" + name + "\" is out of range", e);
      } catch (JsonProcessingException e) {
        String at = json.currentName();
        throw broken(
            (at == null ? "" : "at field " + quoted(at) + ": ") + e.getOriginalMessage(), e);
      }
      need("v", version < 0 ? null : version);
      return new BlockedEvent(
          need("limiter", limiter),
          need("rule", rule),
          key,
          need("keyForm", keyForm),
          fingerprint,
          need("count", count),
          need("cost", cost),
          need("limit", limit),
          need("windowMs", windowMillis),
          need("topic", topic),
          toInt("partition", need("partition", partition)),
          need("firstOffset", firstOffset),
          need("lastOffset", lastOffset),
          need("firstTime", firstTime),
          need("lastTime", lastTime),
          toInt("ordinal", need("ordinal", ordinal)),
          need("attempt", attempt),
          overflow,
          keyCut,
          sharedRow,
          future,
          late,
          shadow,
          firstOver);
    }

    private void field(JsonParser json, String name) throws IOException {
      switch (name) {
        case "v" -> {
          version = toInt(name, number(json, name));
          if (version > BlockedEvent.SCHEMA_VERSION || version < 1) {
            throw broken(
                "version "
                    + version
                    + ", this build reads 1 to "
                    + BlockedEvent.SCHEMA_VERSION
                    + "; use a newer headgate-lane",
                null);
          }
        }
        case "limiter" -> limiter = text(json, name);
        case "rule" -> rule = text(json, name);
        case "outcome" -> shadow = isShadow(text(json, name));
        case "key" -> key = text(json, name);
        case "keyForm" -> keyForm = form(text(json, name));
        case "fingerprint" -> fingerprint = text(json, name);
        case "count" -> count = number(json, name);
        case "cost" -> cost = number(json, name);
        case "limit" -> limit = number(json, name);
        case "windowMs" -> windowMillis = number(json, name);
        case "topic" -> topic = text(json, name);
        case "partition" -> partition = number(json, name);
        case "firstOffset" -> firstOffset = number(json, name);
        case "lastOffset" -> lastOffset = number(json, name);
        case "firstTime" -> firstTime = number(json, name);
        case "lastTime" -> lastTime = number(json, name);
        case "ordinal" -> ordinal = number(json, name);
        case "attempt" -> attempt = text(json, name);
        case "overflow" -> overflow = flag(json, name);
        case "keyCut" -> keyCut = flag(json, name);
        case "sharedRow" -> sharedRow = flag(json, name);
        case "future" -> future = flag(json, name);
        case "late" -> late = flag(json, name);
        case "firstOver" -> firstOver = flag(json, name);
        default -> json.skipChildren();
      }
    }

    private static boolean isShadow(String outcome) {
      return switch (outcome) {
        case BLOCKED -> false;
        case SHADOW_BLOCKED -> true;
        default -> throw broken("field \"outcome\" is " + quoted(outcome), null);
      };
    }

    private static KeyForm form(String text) {
      for (KeyForm form : KeyForm.values()) {
        if (form.name().toLowerCase(Locale.ROOT).equals(text)) {
          return form;
        }
      }
      throw broken("field \"keyForm\" is " + quoted(text), null);
    }

    private static <T> T need(String name, @Nullable T value) {
      if (value == null) {
        throw broken("field \"" + name + "\" is missing", null);
      }
      return value;
    }

    private static int toInt(String name, long value) {
      if (value != (int) value) {
        throw broken("field \"" + name + "\" is out of range: " + value, null);
      }
      return (int) value;
    }

    private static String text(JsonParser json, String name) throws IOException {
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw broken("field \"" + name + "\": expected a text, found " + found(json), null);
      }
      return json.getText();
    }

    private static long number(JsonParser json, String name) throws IOException {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw broken("field \"" + name + "\": expected a number, found " + found(json), null);
      }
      return json.getLongValue();
    }

    private static boolean flag(JsonParser json, String name) throws IOException {
      if (!json.currentToken().isBoolean()) {
        throw broken("field \"" + name + "\": expected true or false, found " + found(json), null);
      }
      return json.getBooleanValue();
    }
  }
}
