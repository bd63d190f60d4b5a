package io.headgate.examples;

import java.io.Serial;

/** Something that the user can mend, in one line: what, where, found, expected. Exit code 2. */
final class UserError extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  UserError(String message) {
    super(message);
  }
}
