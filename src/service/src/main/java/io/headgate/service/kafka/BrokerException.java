package io.headgate.service.kafka;

import java.io.Serial;

/** The brokers cannot be asked, or did not do what they were asked for; one line says why. */
public final class BrokerException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  BrokerException(String message, Throwable cause) {
    super(message, cause);
  }
}
