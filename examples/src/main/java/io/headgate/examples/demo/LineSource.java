package io.headgate.examples.demo;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the demo's records come from, one after the other. */
interface LineSource extends AutoCloseable {

  /**
   * Returns the next record, waiting for it if need be.
   *
   * @return the record, or null at the end
   * @throws IOException if the source cannot be read further
   */
  @Nullable Line next() throws IOException;

  @Override
  void close() throws IOException;
}
