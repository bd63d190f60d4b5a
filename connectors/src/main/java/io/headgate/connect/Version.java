package io.headgate.connect;

/** Which build this is. */
final class Version {

  /** As its artifacts have it. */
  static final String TEXT = "0.1.0-SNAPSHOT";

  private Version() {}
}
