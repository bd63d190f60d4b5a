package io.headgate.examples.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run comes to, for people and for machines.
 *
 * @param options what was asked for
 * @param records records that were fed
 * @param tally what the topics say
 * @param seconds from the first record fed to the last one committed
 */
record DemoReport(DemoOptions options, long records, DemoTally tally, double seconds) {

  private static final int TOP = 10;
  private static final int BAR = 40;
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** Records in are records out, unjudged, or counted by an event. */
  boolean isConserved() {
    return records == tally.admitted() + tally.bypassed() + tally.eventCountSum();
  }

  void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%nlimit      %s, per key; %d partitions, %s%n%n",
        options.limit(),
        options.partitions(),
        options.guarantee());
    row(out, "records", records, "");
    row(out, "admitted", tally.admitted(), "read from the output topic");
    row(out, "bypassed", tally.bypassed(), "without a key or a time; read from the output topic");
    row(
        out,
        "blocked",
        tally.eventCountSum(),
        String.format(Locale.ROOT, "by %,d events read from the blocked topic", tally.events()));
    row(
        out,
        "keys",
        tally.keys(),
        String.format(Locale.ROOT, "%,d of them blocked", tally.blockedByKey().size()));
    out.printf(
        Locale.ROOT,
        "%-10s %,12.1f s   %,.0f records/s, start-up of the application included%n",
        "time",
        seconds,
        seconds > 0 ? records / seconds : 0);

    List<DemoTally.Top> top = tally.top(TOP);
    if (!top.isEmpty()) {
      out.printf("%nmost blocked keys%n");
      top.forEach(entry -> out.printf(Locale.ROOT, "%,12d  %s%n", entry.count(), entry.key()));
      minutes(out);
    }
    out.println();
  }

  private void minutes(PrintStream out) {
    Map<Long, Long> all = tally.blockedByMinute();
    List<Map.Entry<Long, Long>> busiest =
        all.entrySet().stream()
            .sorted(Map.Entry.<Long, Long>comparingByValue(Comparator.reverseOrder()))
            .limit(TOP)
            .sorted(Map.Entry.comparingByKey())
            .toList();
    long most = busiest.stream().mapToLong(Map.Entry::getValue).max().orElse(1);
    out.printf(
        Locale.ROOT,
        "%nblocked records per minute of their own time (UTC)%s%n",
        all.size() > TOP
            ? String.format(Locale.ROOT, ", the %d busiest of %,d minutes", TOP, all.size())
            : "");
    for (Map.Entry<Long, Long> minute : busiest) {
      int length = (int) Math.max(1, minute.getValue() * BAR / most);
      out.printf(
          Locale.ROOT,
          "  %s  %,9d  %s%n",
          MINUTE.format(Instant.ofEpochMilli(minute.getKey())),
          minute.getValue(),
          "#".repeat(length));
    }
  }

  private static void row(PrintStream out, String name, long number, String note) {
    out.printf(Locale.ROOT, "%-10s %,12d     %s%n", name, number, note);
  }

  /** One object on one line. */
  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("records", records);
      json.writeNumberField("admitted", tally.admitted());
      json.writeNumberField("blocked", tally.eventCountSum());
      json.writeNumberField("bypassed", tally.bypassed());
      json.writeNumberField("events", tally.events());
      json.writeNumberField("eventCountSum", tally.eventCountSum());
      json.writeNumberField("keys", tally.keys());
      json.writeNumberField("blockedKeys", tally.blockedByKey().size());
      json.writeNumberField("seconds", Math.round(seconds * 1000) / 1000.0);
      json.writeArrayFieldStart("topBlocked");
      for (DemoTally.Top entry : tally.top(TOP)) {
        json.writeStartObject();
        json.writeStringField("key", entry.key());
        json.writeNumberField("count", entry.count());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      // It is written to memory.
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
