package io.headgate.service.ingest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What became of the lines. {@code lines = admitted + blocked + bypassed}, and {@code admitted +
 * bypassed = written + refused + failed}. Immutable.
 *
 * @param lines lines that were judged
 * @param admitted lines within their key's limit
 * @param blocked lines beyond it, and those without a key if they are to be blocked
 * @param bypassed lines without a key that passed
 * @param tooLong lines that were left out for their length
 * @param empty lines of no bytes, left out
 * @param cutOff lines that had begun on a connection that its sender did not end, left out
 * @param written lines that Kafka has
 * @param refused lines that Kafka does not take, such as those larger than a topic allows
 * @param failed lines that Kafka did not confirm before the end
 * @param eventRecords blocked lines that events on the blocked topic tell of
 * @param keys keys with a window of their own, at the end
 * @param overflowed decisions that were made in a row shared by keys, for want of room
 * @param connections connections that were accepted
 * @param refusedConnections connections that were too many
 * @param rotations how often a followed file was replaced or began anew
 * @param seconds how long it ran
 */
public record IngestSummary(
    long lines,
    long admitted,
    long blocked,
    long bypassed,
    long tooLong,
    long empty,
    long cutOff,
    long written,
    long refused,
    long failed,
    long eventRecords,
    long keys,
    long overflowed,
    long connections,
    long refusedConnections,
    long rotations,
    double seconds) {

  /**
   * Says it in a sentence or two.
   *
   * @return one line
   */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%,d lines in %.1f s = %,d admitted + %,d blocked + %,d without a key that passed;"
                + " %,d written",
            lines,
            seconds,
            admitted,
            blocked,
            bypassed,
            written));
    add(text, eventRecords, "told of on the blocked topic");
    add(text, refused, "refused by Kafka");
    add(text, failed, "not confirmed by Kafka");
    add(text, tooLong, "left out, too long");
    add(text, empty, "empty");
    add(text, cutOff, "left out, cut off");
    add(text, overflowed, "judged in a row that keys share");
    add(text, refusedConnections, "connections too many");
    return text.toString();
  }

  private static void add(StringBuilder text, long count, String what) {
    if (count > 0) {
      text.append(String.format(Locale.ROOT, "; %,d %s", count, what));
    }
  }

  /**
   * Says it in JSON.
   *
   * @return one object, on one line, with a field for each of the components
   */
  public String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("lines", lines)
        .put("admitted", admitted)
        .put("blocked", blocked)
        .put("bypassed", bypassed)
        .put("tooLong", tooLong)
        .put("empty", empty)
        .put("cutOff", cutOff)
        .put("written", written)
        .put("refused", refused)
        .put("failed", failed)
        .put("eventRecords", eventRecords)
        .put("keys", keys)
        .put("overflowed", overflowed)
        .put("connections", connections)
        .put("refusedConnections", refusedConnections)
        .put("rotations", rotations)
        .put("seconds", Math.round(seconds * 1_000) / 1_000.0);
    return json.toString();
  }
}
