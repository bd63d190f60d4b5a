package io.headgate.service.ingest;

import java.io.Serial;

/** The run could not go on, in one line that says why. */
public final class IngestException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  IngestException(String message, Throwable cause) {
    super(message, cause);
  }

  IngestException(String message) {
    super(message);
  }
}
