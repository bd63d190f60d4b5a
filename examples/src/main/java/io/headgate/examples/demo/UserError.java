package io.headgate.examples.demo;

import java.io.Serial;

/** Something that the user can mend, in one line: what, where, found, expected. Exit code 2. */
public final class UserError extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message one line
   */
  public UserError(String message) {
    super(message);
  }
}
