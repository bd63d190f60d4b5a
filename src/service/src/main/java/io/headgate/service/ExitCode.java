package io.headgate.service;

/** With what the process ends. */
final class ExitCode {

  /** All was done that was asked for. */
  static final int OK = 0;

  /** Something failed: Kafka, a disk, the service while it ran. */
  static final int FAILED = 1;

  /** The user has something to mend: an option, a file, a topic that is missing. */
  static final int BAD_INPUT = 2;

  private ExitCode() {}
}
