package io.headgate.service.config;

import java.io.Serial;

/**
 * Something that the user can mend: a line for each thing that is wrong, saying what, where, what
 * was found and what expected. Ends a command with exit code 2.
 */
public final class UserError extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /**
   * Creates an error.
   *
   * @param message a line for each thing that is wrong
   */
  public UserError(String message) {
    super(message);
  }
}
