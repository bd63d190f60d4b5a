package io.headgate.service.analytics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headgate.service.analytics.Report.Figures;
import io.headgate.service.analytics.Report.HourRow;
import io.headgate.service.analytics.Report.KeyRow;
import io.headgate.service.analytics.Report.RuleRow;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * A report as JSON; the fields are in {@code src/docs/analytics.md}. Stateless; safe for any
 * thread.
 */
public final class ReportJson {

  private static final JsonFactory FACTORY = new JsonFactory();

  private ReportJson() {}

  /**
   * Writes a report.
   *
   * @param report what to write
   * @return one JSON object, on one line
   */
  public static String of(Report report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("day", report.day().toString());
      if (report.hour() != null) {
        json.writeNumberField("hour", report.hour());
      }
      json.writeStringField("zone", report.zone().getId());
      json.writeStringField("from", report.from().toString());
      json.writeStringField("to", report.to().toString());
      json.writeBooleanField("exact", report.exact());
      json.writeStringField("by", report.by().name().toLowerCase(Locale.ROOT));
      json.writeFieldName("blocked");
      figures(json, report.blocked());
      json.writeFieldName("shadow");
      figures(json, report.shadow());
      json.writeArrayFieldStart("rules");
      for (RuleRow row : report.rules()) {
        json.writeStartObject();
        json.writeStringField("limiter", row.limiter());
        json.writeStringField("rule", row.rule());
        json.writeBooleanField("shadow", row.shadow());
        json.writeFieldName("figures");
        figures(json, row.figures());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("hours");
      for (HourRow row : report.hours()) {
        json.writeStartObject();
        json.writeStringField("start", row.start().toString());
        json.writeFieldName("blocked");
        figures(json, row.blocked());
        json.writeFieldName("shadow");
        figures(json, row.shadow());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("keys");
      for (KeyRow row : report.keys()) {
        json.writeStartObject();
        json.writeStringField("key", row.key());
        json.writeStringField("keyForm", row.form().name().toLowerCase(Locale.ROOT));
        if (row.cut()) {
          json.writeBooleanField("keyCut", true);
        }
        json.writeNumberField("atMost", row.atMost());
        json.writeNumberField("atLeast", row.atLeast());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (report.newest() != null) {
        json.writeStringField("newest", report.newest().toString());
      }
      json.writeNumberField("behind", report.behind());
      json.writeArrayFieldStart("notes");
      for (String note : report.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      // Nothing here writes further than memory.
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void figures(JsonGenerator json, Figures sums) throws IOException {
    json.writeStartObject();
    json.writeNumberField("records", sums.records());
    json.writeNumberField("cost", sums.cost());
    json.writeNumberField("events", sums.events());
    json.writeNumberField("keys", sums.keys().count());
    json.writeBooleanField("keysExact", sums.keys().isExact());
    json.writeNumberField("keysError95", sums.keys().error95());
    json.writeNumberField("overflow", sums.overflow());
    json.writeNumberField("keyless", sums.keyless());
    json.writeNumberField("hashed", sums.hashed());
    json.writeNumberField("cut", sums.cut());
    json.writeNumberField("spanning", sums.spanning());
    json.writeEndObject();
  }
}
