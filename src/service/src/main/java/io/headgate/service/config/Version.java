package io.headgate.service.config;

/** Which build this is. */
public final class Version {

  /** As its artifacts have it. */
  public static final String TEXT = "0.1.0-SNAPSHOT";

  private Version() {}
}
