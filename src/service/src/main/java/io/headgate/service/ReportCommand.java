package io.headgate.service;

import io.headgate.service.analytics.By;
import io.headgate.service.analytics.ExactReports;
import io.headgate.service.analytics.Report;
import io.headgate.service.analytics.ReportDay;
import io.headgate.service.analytics.ReportJson;
import io.headgate.service.analytics.ReportQuery;
import io.headgate.service.analytics.ReportReader;
import io.headgate.service.analytics.ReportText;
import io.headgate.service.analytics.Reports;
import io.headgate.service.analytics.Rollup;
import io.headgate.service.config.AnalyticsConfig;
import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.config.UserError;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headgate report}: what was blocked on a day. */
@Command(
    name = "report",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Says what was blocked on a day, by rule, hour or key: from the roll-up of the blocked topic,",
      "or with --exact event by event from that topic itself.%n"
    })
final class ReportCommand implements Callable<Integer> {

  @Option(
      names = "--day",
      paramLabel = "DAY",
      required = true,
      description = "yesterday, today or a date such as 2026-11-24.")
  private String day = "";

  @Option(
      names = "--hour",
      paramLabel = "H",
      description = "Only that hour of the day, 0 to 23 by the zone's clocks.")
  private @Nullable Integer hour;

  @Option(
      names = "--by",
      paramLabel = "rule|hour|key",
      defaultValue = "rule",
      description = "What there is a row for (default: ${DEFAULT-VALUE}).")
  private String by = "";

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "10",
      description = "Keys to tell (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Whose days and hours, such as Europe/Berlin (default: the roll-up's).")
  private @Nullable String zone;

  @Option(
      names = "--exact",
      description = "Count the events of the blocked topic one by one; takes memory for each key.")
  private boolean exact;

  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The service's file: has brokers and topics.")
  private @Nullable Path config;

  @Mixin private final KafkaOptions kafka = new KafkaOptions();

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = {
        "Without -c: the roll-up's topic, APPLICATION-rollup-periods-changelog;",
        "with --exact the topic of blocked records."
      })
  private @Nullable String topic;

  private final Console console;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Report report = read(query());
    console.out().print(json ? ReportJson.of(report) + "\n" : ReportText.of(report));
    console.out().flush();
    return ExitCode.OK;
  }

  private ReportQuery query() {
    try {
      return new ReportQuery(ReportDay.parse(day), hour, zoneId(), By.parse(by), top);
    } catch (IllegalArgumentException e) {
      throw new UserError("--" + e.getMessage());
    }
  }

  private @Nullable ZoneId zoneId() {
    try {
      return zone == null ? null : ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw new UserError(
          "--zone \"" + zone + "\": expected a zone such as UTC, Europe/Berlin or +02:00");
    }
  }

  private Report read(ReportQuery query) {
    Reports reports = config == null ? ofTopic() : ofService(config);
    try {
      return reports.read(query);
    } catch (KafkaException e) {
      // What is wrong with a setting is the cause of what Kafka throws.
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof ConfigException) {
          throw new UserError("settings of Kafka's clients: " + cause.getMessage());
        }
      }
      throw e;
    }
  }

  private Reports ofTopic() {
    if (topic == null) {
      throw new UserError(
          "expected -c FILE, or --bootstrap-server HOST:PORT and --topic TOPIC, "
              + (exact
                  ? "the topic of blocked records"
                  : "the roll-up's, APPLICATION-rollup-periods-changelog"));
    }
    KafkaSettings settings = kafka.settings();
    return exact ? exact(settings, topic, AnalyticsConfig.UTC) : new ReportReader(settings, topic);
  }

  private Reports ofService(Path file) {
    kafka.mustNotStandBesideFile(topic);
    ServiceConfig service = ServiceFile.read(file, System::getenv);
    AnalyticsConfig analytics = service.analytics();
    if (exact) {
      ZoneId days = analytics == null ? AnalyticsConfig.UTC : analytics.zone();
      return exact(service.kafka(), service.blocked().topic(), days);
    }
    if (analytics == null) {
      throw new UserError(
          file
              + ": found analytics: off, so there is no roll-up; expected analytics, or --exact,"
              + " which reads the blocked topic itself");
    }
    return new ReportReader(service.kafka(), Rollup.topic(service.application()));
  }

  private Reports exact(KafkaSettings settings, String blocked, ZoneId days) {
    return new ExactReports(settings, blocked, days, this::progress);
  }

  private void progress(long read, long all) {
    if (Boolean.getBoolean("headgate.terminal") && all > 0) {
      console.err().printf("\rread %3d %% of %,d events ", read * 100 / all, all);
      if (read == all) {
        console.err().print("\r\033[K");
      }
      console.err().flush();
    }
  }
}
