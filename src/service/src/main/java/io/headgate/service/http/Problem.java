package io.headgate.service.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpClosedException;
import org.jspecify.annotations.Nullable;

/** An answer that says why there is no other: RFC 9457, without a stack trace. */
final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What it looks like in JSON. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Body(String type, String title, int status, String detail, @Nullable String owner) {}

  private final int status;
  private final @Nullable String owner;
  private final String detail;

  Problem(int status, String detail) {
    this(status, detail, null);
  }

  Problem(int status, String detail, @Nullable String owner) {
    super(detail, null, false, false);
    this.status = status;
    this.detail = detail;
    this.owner = owner;
  }

  int status() {
    return status;
  }

  Body body() {
    return new Body(
        "about:blank", HttpResponseStatus.valueOf(status).reasonPhrase(), status, detail, owner);
  }

  /** The problem that an exception of the service is; null if it is a fault. */
  static @Nullable Problem of(Throwable failure) {
    if (failure instanceof Problem problem) {
      return problem;
    }
    if (failure instanceof BackendException e) {
      String why = String.valueOf(e.getMessage());
      return switch (e.kind()) {
        case REFUSED -> new Problem(422, why);
        case NOT_READY -> new Problem(503, why);
        case OFF -> new Problem(404, why);
      };
    }
    if (failure instanceof HttpClosedException) {
      return new Problem(400, "The request broke off.");
    }
    return null;
  }
}
