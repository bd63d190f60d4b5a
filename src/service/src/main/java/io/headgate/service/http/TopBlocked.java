package io.headgate.service.http;

import java.util.List;

/**
 * The keys that are blocked most.
 *
 * @param coversMillis how far back they are counted
 * @param blocked by blocked records, most first
 * @param shadowBlocked by records that a rule on trial would have blocked, most first
 */
public record TopBlocked(long coversMillis, List<Entry> blocked, List<Entry> shadowBlocked) {

  /**
   * One key.
   *
   * @param rule that blocked it
   * @param key its text, or its fingerprint
   * @param keyForm what the text is: TEXT, NUMBER, BASE64, HASHED
   * @param estimate records, at the most
   * @param lowerBound records, at the least
   */
  public record Entry(String rule, String key, String keyForm, long estimate, long lowerBound) {}
}
