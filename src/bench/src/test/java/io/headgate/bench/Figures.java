package io.headgate.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headgate.RateLimit;
import io.headgate.bench.Plan.Row;
import io.headgate.bench.Plan.Section;
import io.headgate.window.RowLayout;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The figures for machines: names that stay, numbers that do not. */
public final class Figures {

  private Figures() {}

  /** Ratios above 1 are ours to win; one that several lines go into is the least of them. */
  static Map<String, Double> of(Results results) {
    Map<String, Double> figures = new LinkedHashMap<>();
    Samples hot = results.of(Plan.HOT);
    figures.put("limiter.hot.ns", hot.medianNanos());
    figures.put("limiter.hot.bytesPerOp", hot.medianBytes());
    for (Section section : Plan.SECTIONS) {
      for (Row row : section.peers()) {
        if (row.key() != null) {
          figures.merge(row.key(), results.ratio(section, row), Math::min);
        }
      }
    }
    figures.put("row.bytes.10", (double) rowBytes(10));
    figures.put("row.bytes.60", (double) rowBytes(60));
    figures.replaceAll(Figures::rounded);
    return figures;
  }

  /**
   * To two decimals, and never to our advantage: ratios down, time up. Bytes are rounded as they
   * are: what JMH itself allocates between two operations is thousandths of one.
   */
  private static double rounded(String name, double figure) {
    double hundredths = figure * 100;
    if (name.contains(".vs.")) {
      return Math.floor(hundredths) / 100;
    }
    return (name.endsWith(".ns") ? Math.ceil(hundredths) : Math.rint(hundredths)) / 100;
  }

  /** Bytes of a row of 100 a minute, strict. */
  static int rowBytes(int buckets) {
    RateLimit limit = RateLimit.perMinute(100).withBuckets(buckets);
    return new RowLayout(limit.span(), limit.limit()).stride();
  }

  /** One object on one line. */
  public static String json(Map<String, Double> figures) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, Double> figure : figures.entrySet()) {
        json.writeNumberField(figure.getKey(), figure.getValue());
      }
      json.writeEndObject();
    } catch (IOException e) {
      // It is written to memory.
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
