package io.headgate.service.http;

import java.util.List;

/**
 * What was blocked in a day, on all instances.
 *
 * @param day as year-month-day
 * @param zone of the day
 * @param over true if the day has ended
 * @param blocked records
 * @param shadowBlocked records that passed, and that a rule on trial would have blocked
 * @param events that told of the blocked ones
 * @param distinctKeys different keys among the blocked records, about
 * @param error95 how far 95 in 100 such estimates are off at the most, as a part of the number; 0
 *     if it is exact
 * @param behind events that are not counted yet; -1 if that is not known
 * @param hours in their order, 23 to 25 of them
 * @param rules most records first
 * @param top keys, most blocked records first
 * @param notes what else one has to know to read the figures, a sentence each
 */
public record DayReport(
    String day,
    String zone,
    boolean over,
    long blocked,
    long shadowBlocked,
    long events,
    long distinctKeys,
    double error95,
    long behind,
    List<Hour> hours,
    List<RuleDay> rules,
    List<KeyDay> top,
    List<String> notes) {

  /**
   * An hour of it.
   *
   * @param start when it begins, milliseconds since the epoch
   * @param blocked records
   * @param shadowBlocked records that passed
   */
  public record Hour(long start, long blocked, long shadowBlocked) {}

  /**
   * A rule's part of it.
   *
   * @param limiter name of its limiter
   * @param rule its name
   * @param shadow true if the records passed
   * @param records blocked, or passed
   * @param distinctKeys different keys among them, about
   */
  public record RuleDay(
      String limiter, String rule, boolean shadow, long records, long distinctKeys) {}

  /**
   * A key's part of it, over all rules.
   *
   * @param key its text, or its fingerprint
   * @param keyForm what the text is: TEXT, NUMBER, BASE64, HASHED
   * @param estimate blocked records, at the most
   * @param lowerBound blocked records, at the least
   */
  public record KeyDay(String key, String keyForm, long estimate, long lowerBound) {}
}
