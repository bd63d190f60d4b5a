package io.headgate.service.ingest;

import java.util.concurrent.atomic.AtomicLong;

/** What an input left out, and who came. Any thread. */
final class InputCounts {

  /** Lines that were longer than is allowed. */
  final AtomicLong tooLong = new AtomicLong();

  /** Lines of no bytes. */
  final AtomicLong empty = new AtomicLong();

  /** Lines that had begun on a connection that its sender did not end. */
  final AtomicLong cutOff = new AtomicLong();

  /** Connections that were accepted. */
  final AtomicLong connections = new AtomicLong();

  /** Connections that were closed at once: there were too many. */
  final AtomicLong refusedConnections = new AtomicLong();

  /** How often a followed file was replaced or began anew. */
  final AtomicLong rotations = new AtomicLong();
}
