package io.headgate.examples.demo;

import io.headgate.RateLimit;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code headgate demo}: the limiter on a real Kafka, from records in to events out. */
@Command(
    name = "demo",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Starts a Kafka of its own and the service on it, feeds records, prints where the page is,",
      "and reads back from the topics what became of them.",
      "Without --input it makes its own traffic.%n"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final Duration DEFAULT_FOR = Duration.ofMinutes(1);
  private static final Duration READ_PATIENCE = Duration.ofMinutes(5);
  private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(60);
  private static final int TOKEN_BYTES = 16;
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "One record a line; - is standard input.")
  private @Nullable String input;

  @Option(
      names = "--key",
      paramLabel = "REGEX",
      defaultValue = "^(\\S+)",
      description = "Its first group is the key (default: the first word).")
  private String key = "";

  @Option(
      names = "--time",
      paramLabel = "REGEX",
      description = "Its first group is the record's time (default: the time of reading).")
  private @Nullable String time;

  @Option(
      names = "--time-format",
      paramLabel = "PATTERN",
      description = "How the time is written, as java.time has it (default: ISO 8601).")
  private @Nullable String timeFormat;

  @Option(
      names = "--year",
      paramLabel = "YEAR",
      description = "For a time without a year (default: this year).")
  private @Nullable Integer year;

  @Option(
      names = "--limit",
      paramLabel = "UNITS/WINDOW",
      defaultValue = "100/1m",
      description = "What each key is allowed (default: ${DEFAULT-VALUE}).")
  private String limit = "";

  @Option(
      names = "--buckets",
      paramLabel = "N",
      description = "Parts of the window (default: the most up to 60 that divide it).")
  private @Nullable Integer buckets;

  @Option(
      names = "--mode",
      paramLabel = "strict|standard",
      defaultValue = "strict",
      description = "strict: never above the limit in any span; standard: the full steady rate.")
  private String mode = "";

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "3",
      description = "Of each topic (default: ${DEFAULT-VALUE}).")
  private int partitions;

  @Option(
      names = "--guarantee",
      paramLabel = "at_least_once|exactly_once_v2",
      defaultValue = "at_least_once",
      description = "Kafka Streams' processing guarantee (default: ${DEFAULT-VALUE}).")
  private String guarantee = "";

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description = "How long to feed, such as 20s (default: 1m, or to the end of --input).")
  private @Nullable String feedFor;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Where the page is, on this machine alone (default: a free port).")
  private int port;

  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT",
      description = "Use this Kafka, and delete what was made there (default: one of its own).")
  private @Nullable String bootstrapServers;

  @Option(names = "--json", description = "One object on standard output, all else on stderr.")
  private boolean json;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopped;

  /**
   * Makes the command.
   *
   * @param out for the figures
   * @param err for what happens meanwhile
   * @param terminal whether {@code err} is one
   */
  public DemoCommand(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    // Everything that the user may have to mend comes first: nothing is started for a bad option.
    DemoOptions options = options();
    LineParser parser = parser();
    try (LineSource source = input == null ? traffic() : TextSource.open(input, parser, err)) {
      Thread onInterrupt = new Thread(this::stop, "demo-interrupt");
      Runtime.getRuntime().addShutdownHook(onInterrupt);
      try {
        return runOnKafka(options, source);
      } finally {
        ended.countDown();
        removeHook(onInterrupt);
      }
    }
  }

  private int runOnKafka(DemoOptions options, LineSource source)
      throws IOException, InterruptedException {
    String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    DemoTopics topics = DemoTopics.named("headgate-demo-" + id);
    Path stateDir = Files.createTempDirectory("headgate-demo");
    try {
      if (bootstrapServers != null) {
        try (UserKafka kafka = UserKafka.connect(bootstrapServers)) {
          try {
            return run(bootstrapServers, topics, options, source, stateDir);
          } finally {
            kafka.deleteAll(topics.application(), err);
          }
        }
      }
      err.println("starting Kafka ...");
      try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
        return run(kafka.bootstrapServers(), topics, options, source, stateDir);
      }
    } finally {
      TemporaryDirectory.delete(stateDir);
    }
  }

  private int run(
      String servers, DemoTopics topics, DemoOptions options, LineSource source, Path stateDir)
      throws IOException, InterruptedException {
    err.println("limiting " + options.limit() + ", by key, on Kafka at " + servers);
    DemoRun run =
        new DemoRun(
            servers,
            topics,
            options,
            stateDir.toString(),
            page ->
                err.println(
                    "the page, while this runs: "
                        + page
                        + " (changes need "
                        + options.token()
                        + ")"));
    long start = System.nanoTime();
    long records;
    ProgressLine progress = new ProgressLine(err, terminal, run::progress);
    try {
      records = run.run(source, () -> stopped);
    } finally {
      progress.close();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    DemoTally tally = DemoTally.read(servers, topics, READ_PATIENCE);
    DemoReport report = new DemoReport(options, records, tally, seconds);
    report.print(json ? err : out);
    if (json) {
      out.println(report.json());
    }
    if (!report.isConserved()) {
      err.println(
          "headgate demo: conservation does not hold: "
              + records
              + " records in, "
              + (tally.admitted() + tally.bypassed() + tally.eventCountSum())
              + " accounted for");
      return 1;
    }
    return 0;
  }

  // ------------------------------------------------------------------ options

  private DemoOptions options() {
    if (partitions < 1 || partitions > 1_000) {
      throw new UserError("--partitions " + partitions + ": expected 1 to 1000");
    }
    if (!List.of("at_least_once", "exactly_once_v2").contains(guarantee)) {
      throw new UserError(
          "--guarantee " + guarantee + ": expected at_least_once or exactly_once_v2");
    }
    if (port < 0 || port > 0xffff) {
      throw new UserError("--port " + port + ": expected 0 to 65535");
    }
    return new DemoOptions(rateLimit(), partitions, guarantee, port, token(), duration());
  }

  private static String token() {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private RateLimit rateLimit() {
    try {
      RateLimit parsed = RateLimit.parse(limit).withMode(RateLimit.Mode.parse(mode));
      return buckets == null ? parsed : parsed.withBuckets(buckets);
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage() + " (--limit, --buckets, --mode)");
    }
  }

  private @Nullable Duration duration() {
    if (feedFor == null) {
      return input == null ? DEFAULT_FOR : null;
    }
    Matcher matcher = DURATION.matcher(feedFor);
    if (!matcher.matches()) {
      throw new UserError("--for " + feedFor + ": expected a duration such as 20s, 500ms or 2m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private LineParser parser() {
    if (timeFormat != null && time == null) {
      throw new UserError("--time-format says how a time is written: --time is to find it first");
    }
    int defaultYear = year == null ? Year.now(ZoneOffset.UTC).getValue() : year;
    return new LineParser(
        LineParser.withGroup("--key", key),
        time == null ? null : LineParser.withGroup("--time", time),
        LineParser.formatter(timeFormat, defaultYear),
        System::currentTimeMillis);
  }

  private static Traffic traffic() {
    return new Traffic(ThreadLocalRandom.current().nextLong(), System::currentTimeMillis);
  }

  // ------------------------------------------------------------------ beginnings and ends

  /** Runs when the process is told to end: lets the run end by itself, cleanly. */
  private void stop() {
    stopped = true;
    try {
      boolean clean = ended.await(SHUTDOWN_PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (!clean) {
        err.println("headgate demo: gave up waiting for a clean end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: the hook is what told us.
    }
  }
}
