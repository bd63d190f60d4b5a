package io.headgate.service.analytics;

import java.io.Serial;

/** Bytes that are no key or value of the roll-up, in one line that says why. */
final class CodecException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  CodecException(String message) {
    super(message);
  }
}
