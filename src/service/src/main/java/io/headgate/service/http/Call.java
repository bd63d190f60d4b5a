package io.headgate.service.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request, read with suspicion. */
final class Call {

  /** Reads what callers send: nothing twice, nothing behind it. */
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final HttpServerRequest request;
  private final String rest;

  /**
   * Makes one.
   *
   * @param rest of the path behind its route, decoded
   */
  Call(HttpServerRequest request, String rest) {
    this.request = request;
    this.rest = rest;
  }

  HttpServerRequest request() {
    return request;
  }

  String rest() {
    return rest;
  }

  /** A parameter of the query; null if it is not there. */
  @Nullable String parameter(String name) {
    try {
      List<String> values = request.params().getAll(name);
      if (values.size() > 1) {
        throw new Problem(400, "Expected " + name + " once.");
      }
      return values.isEmpty() ? null : values.get(0);
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The query is not percent-encoded.");
    }
  }

  /** A parameter that must be there. */
  String required(String name) {
    String value = parameter(name);
    if (value == null || value.isEmpty()) {
      throw new Problem(400, "Expected the parameter " + name + ".");
    }
    return value;
  }

  /** A whole number of a range. */
  int number(String name, int least, int most, int otherwise) {
    String value = parameter(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // As one that is out of the range.
    }
    throw new Problem(400, "Expected " + name + " to be " + least + " to " + most + ".");
  }

  /** The body as JSON, once all of it is here. */
  Future<JsonNode> json(int maxBytes) {
    String type = request.getHeader("Content-Type");
    if (type == null
        || !type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json")) {
      return Future.failedFuture(new Problem(415, "Expected Content-Type: application/json."));
    }
    return body(maxBytes).map(Call::parse);
  }

  private Future<Buffer> body(int maxBytes) {
    Problem tooLarge = new Problem(413, "Expected a body of at most " + maxBytes + " bytes.");
    String length = request.getHeader("Content-Length");
    if (length != null && (length.length() > 18 || Long.parseLong(length) > maxBytes)) {
      return Future.failedFuture(tooLarge);
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    request.exceptionHandler(whole::tryFail);
    request.endHandler(end -> whole.tryComplete(body));
    request.handler(
        part -> {
          if (body.length() + part.length() > maxBytes) {
            whole.tryFail(tooLarge);
          } else if (!whole.future().isComplete()) {
            body.appendBuffer(part);
          }
        });
    return whole.future();
  }

  private static JsonNode parse(Buffer body) {
    try {
      return STRICT.readTree(body.getBytes());
    } catch (JacksonException e) {
      // Where, but not what: it may be a key.
      var at = e.getLocation();
      throw new Problem(
          400,
          at == null
              ? "Expected JSON."
              : "Expected JSON; it breaks off in line %d, column %d."
                  .formatted(at.getLineNr(), at.getColumnNr()));
    } catch (IOException e) {
      throw new Problem(400, "Expected JSON.");
    }
  }

  /** The one text that an object has. */
  static String text(JsonNode json, String name) {
    JsonNode value = only(json, name);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new Problem(400, "Expected {\"" + name + "\": TEXT}.");
    }
    return value.textValue();
  }

  /** The one list of texts that an object has. */
  static List<String> texts(JsonNode json, String name, int most) {
    JsonNode value = only(json, name);
    if (!value.isArray() || value.isEmpty() || value.size() > most) {
      throw new Problem(
          400, "Expected {\"" + name + "\": [TEXT, ...]} with 1 to " + most + " texts.");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : value) {
      if (!text.isTextual()) {
        throw new Problem(400, "Expected {\"" + name + "\": [TEXT, ...]}.");
      }
      texts.add(text.textValue());
    }
    return texts;
  }

  private static JsonNode only(JsonNode json, String name) {
    JsonNode value = json.get(name);
    if (value == null || json.size() != 1) {
      throw new Problem(400, "Expected an object with the one member " + name + ".");
    }
    return value;
  }
}
