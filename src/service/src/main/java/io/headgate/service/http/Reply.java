package io.headgate.service.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An answer.
 *
 * @param status of HTTP
 * @param type of the body; null without one
 * @param body bytes
 * @param tag that stands for the bytes, if callers may keep them; else null
 * @param stream true if the answer is already under way and goes on
 */
record Reply(int status, @Nullable String type, Buffer body, @Nullable String tag, boolean stream) {

  static final Reply STREAM = new Reply(200, null, Buffer.buffer(), null, true);
  static final Reply NO_CONTENT = new Reply(204, null, Buffer.buffer(), null, false);

  private static final String JSON = "application/json";
  private static final String PROBLEM = "application/problem+json";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  static Reply json(Object value) {
    return json(200, value);
  }

  static Reply json(int status, Object value) {
    return new Reply(status, JSON, encode(value), null, false);
  }

  static Reply problem(Problem problem) {
    return new Reply(problem.status(), PROBLEM, encode(problem.body()), null, false);
  }

  static Reply text(String type, String text) {
    return new Reply(200, type, Buffer.buffer(text), null, false);
  }

  static Reply file(PageFiles.PageFile file) {
    return new Reply(200, file.type(), file.bytes(), file.tag(), false);
  }

  static Buffer encode(Object value) {
    try {
      return Buffer.buffer(MAPPER.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
