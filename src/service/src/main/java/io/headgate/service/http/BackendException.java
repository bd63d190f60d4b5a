package io.headgate.service.http;

/** Why an answer cannot be given. The message is one line for the caller. */
public final class BackendException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** The kinds of reasons. */
  public enum Kind {
    /** What was asked for makes no sense: ask for something else. */
    REFUSED,
    /** Not now: ask again. */
    NOT_READY,
    /** The service's file has this switched off. */
    OFF
  }

  /** The kind of reason. */
  private final Kind kind;

  /**
   * Makes one.
   *
   * @param kind of reason
   * @param message one line for the caller: what, and how to mend it
   */
  public BackendException(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  /**
   * Tells what kind of reason it is.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }
}
