package io.headgate.service.http;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/**
 * What the HTTP side asks of the service. Each method is called on a worker thread, may take
 * seconds, and must be safe for several threads at once. {@link #snapshot} is called once a second,
 * and slow answers make the page stale; the others are called on request.
 *
 * <p>An answer that cannot be given is a {@link BackendException}, whose message the caller sees.
 * Any other exception is a fault of the service: the caller is told that there was one, and the log
 * has its class and place, but not its message, which may hold a key.
 */
public interface Backend {

  /**
   * Tells what runs here.
   *
   * @return what does not change while the service runs
   */
  ServiceInfo info();

  /**
   * Tells how this instance is. On a thread of its own, so that it is told however busy the others
   * are.
   *
   * @return whether it is alive and ready, and why not
   */
  Health health();

  /**
   * Counts, as of now, of this instance's tasks.
   *
   * @return totals, not rates; they start anew with a task
   */
  Snapshot snapshot();

  /**
   * Tells how much of its limits a key has used.
   *
   * @param key the limit key's text
   * @return its windows, or which instance has them
   * @throws BackendException if that is not known now
   */
  KeyState usage(String key);

  /**
   * Tells when a key was blocked.
   *
   * @param key the limit key's text
   * @param back how far, from now; an hour at the least
   * @return blocked records per span of time
   * @throws BackendException if that is not known now, or not kept
   */
  KeyBlocks blocks(String key, Duration back);

  /**
   * Empties a key's windows in all rules.
   *
   * @param key the limit key's text
   * @return what was emptied, once it is; or which instance has the key
   * @throws BackendException if that cannot be done now
   */
  KeyReset reset(String key);

  /**
   * Names the keys that are blocked most.
   *
   * @param n how many at the most, 1 or more
   * @return those of this instance
   */
  TopBlocked top(int n);

  /**
   * Lists the entries of the topic of limits.
   *
   * @return all of them, by name
   * @throws BackendException if there is no such topic
   */
  List<LimitEntry> limits();

  /**
   * Writes an entry to the topic of limits. Instances take it over when they have read it.
   *
   * @param entry what it limits and how
   * @throws BackendException if it makes no sense, or there is no such topic
   */
  void setLimit(LimitEntry entry);

  /**
   * Takes an entry out of the topic of limits.
   *
   * @param entry its name
   * @return false if there was none
   * @throws BackendException if there is no such topic
   */
  boolean removeLimit(String entry);

  /**
   * Reports a day of all instances.
   *
   * @param day in the zone of {@link ServiceInfo#zone}
   * @return what was blocked in it; zeros if nothing was
   * @throws BackendException if reports are not kept
   */
  DayReport report(LocalDate day);

  /**
   * Lists the instances of the application.
   *
   * @return all that this one knows of
   */
  List<Instance> instances();
}
