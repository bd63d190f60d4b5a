package io.headgate.service.ingest;

/** Where lines come from: adds them to a {@link LineQueue} from threads of its own. */
interface LineInput extends AutoCloseable {

  /** Begins to read. */
  void start();

  /** Names the input, for events and messages. */
  String name();

  /**
   * Ends reading: soon no line is added any more, and the queue ends. Waits a few seconds at the
   * most, and not for who takes from the queue.
   */
  @Override
  void close();
}
