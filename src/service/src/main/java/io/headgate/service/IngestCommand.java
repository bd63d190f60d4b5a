package io.headgate.service;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.lane.EventKey;
import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import io.headgate.service.ingest.Ingest;
import io.headgate.service.ingest.IngestSettings;
import io.headgate.service.ingest.LineKey;
import io.headgate.service.ingest.LineSource;
import io.headgate.service.kafka.Brokers;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headgate ingest}: lines of text to a topic, limited by key before they are sent. */
@Command(
    name = "ingest",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Sends lines of text to a topic, at most so many for each key: from standard input, from a",
      "file that grows, or from TCP connections. It is one process's limit: what several of these",
      "let pass adds up. Ends at the end of the input or when it is told to (SIGTERM, Ctrl-C), and",
      "then sends what it has read. Exit code 0 if Kafka has all that passed, 1 if not, 2 if there",
      "is something for you to mend.%n"
    })
final class IngestCommand implements Callable<Integer> {

  private static final int MAX_LINE_BYTES = 64 << 20;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      required = true,
      description = "Where lines go that pass: the line is the value, its key is the key.")
  private String topic = "";

  @Option(
      names = "--limit",
      paramLabel = "UNITS/WINDOW",
      required = true,
      description = "Lines that each key is allowed, such as 100/1s or 5000/1h.")
  private String limit = "";

  @Option(
      names = "--key",
      paramLabel = "KEY",
      defaultValue = "line",
      description =
          "What is limited: line (equal lines are one key), peer (the sender's address, with"
              + " --listen), field:POINTER (of a line that is JSON, such as field:/user/id), or"
              + " regex:PATTERN (what its first group finds). Default: ${DEFAULT-VALUE}.")
  private String key = "";

  @Option(
      names = "--no-key",
      paramLabel = "pass|block",
      defaultValue = "pass",
      description = "What becomes of lines without a key (default: ${DEFAULT-VALUE}).")
  private String noKey = "";

  @Option(
      names = "--follow",
      paramLabel = "FILE",
      description = "Read what is appended to a file, also when it is replaced or cut.")
  private @Nullable Path follow;

  @Option(names = "--from-start", description = "With --follow: also what the file has already.")
  private boolean fromStart;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Take lines from TCP connections. Without TLS or a log-in: for 127.0.0.1, or a network of"
              + " your own.")
  private @Nullable String listen;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "1024",
      description = "With --listen: connections at a time (default: ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Option(
      names = "--max-line",
      paramLabel = "BYTES",
      defaultValue = "65536",
      description = "Longer lines are left out, and counted (default: ${DEFAULT-VALUE}).")
  private int maxLine;

  @Option(
      names = "--max-keys",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Keys that are told apart at a time (default: ${DEFAULT-VALUE}).")
  private int maxKeys;

  @Option(
      names = "--blocked-topic",
      paramLabel = "TOPIC",
      description = "Where events go that tell of the lines that are blocked.")
  private @Nullable String blockedTopic;

  @Option(
      names = "--event-key",
      paramLabel = "plain|hashed|none",
      defaultValue = "plain",
      description = "How much of a key those events show (default: ${DEFAULT-VALUE}).")
  private String eventKey = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "ingest",
      description = "The limiter's name in those events (default: ${DEFAULT-VALUE}).")
  private String name = "";

  @Option(
      names = "--hash-seed",
      paramLabel = "SECRET",
      description = "Of the keys' fingerprints, to have the same in each run (default: a new one).")
  private @Nullable String hashSeed;

  @Option(names = "--json", description = "At the end, one JSON object on standard output.")
  private boolean json;

  @Mixin private final KafkaOptions kafka = new KafkaOptions();

  private final Console console;
  private final InputStream in;

  IngestCommand(Console console) {
    this(console, System.in);
  }

  IngestCommand(Console console, InputStream in) {
    this.console = console;
    this.in = in;
  }

  @Override
  public Integer call() {
    // Everything that the user may have to mend comes first.
    IngestSettings settings = settings();
    LineSource source = source();
    KafkaSettings brokers = kafka.settings();
    checkTopics(brokers);
    Ingest ingest = new Ingest(settings, source, () -> producer(brokers));
    Ingest.Result result;
    try (StopSignal signal = StopSignal.first(ingest::stop)) {
      result = ingest.run();
      signal.exitCode(show(result));
    }
    return exitCode(result);
  }

  private int show(Ingest.Result result) {
    if (result.failure() != null) {
      console.err().println("headgate ingest: " + result.failure());
    }
    console.err().println("headgate ingest: " + result.summary().text());
    if (json) {
      console.out().println(result.summary().json());
      console.out().flush();
    }
    return exitCode(result);
  }

  private static int exitCode(Ingest.Result result) {
    boolean all = result.summary().refused() == 0 && result.summary().failed() == 0;
    return result.failure() == null && all ? ExitCode.OK : ExitCode.FAILED;
  }

  private IngestSettings settings() {
    inRange("--max-line", maxLine, 1, MAX_LINE_BYTES);
    inRange("--max-connections", maxConnections, 1, 1 << 16);
    inRange("--max-keys", maxKeys, 1, 1 << 30);
    if (key.equals("peer") && listen == null) {
      throw new UserError("--key peer: expected --listen, which has peers");
    }
    return new IngestSettings(
        name,
        topic,
        blockedTopic,
        parsed("--event-key", eventKey, IngestCommand::eventKey),
        parsed("--limit", limit, RateLimit::parse),
        parsed("--key", key, LineKey::parse),
        parsed("--no-key", noKey, IngestCommand::isBlock),
        maxKeys,
        hashSeed == null
            ? KeyHasher.seeded(new SecureRandom().nextLong())
            : KeyHasher.seeded(hashSeed));
  }

  private static <T> T parsed(String option, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new UserError(option + ": " + e.getMessage());
    }
  }

  private static void inRange(String option, int value, int from, int to) {
    if (value < from || value > to) {
      throw new UserError(option + " " + value + ": expected " + from + " to " + to);
    }
  }

  private static EventKey eventKey(String text) {
    for (EventKey each : EventKey.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
        return each;
      }
    }
    throw new IllegalArgumentException("\"" + text + "\": expected plain, hashed or none");
  }

  private static boolean isBlock(String text) {
    return switch (text) {
      case "pass" -> false;
      case "block" -> true;
      default -> throw new IllegalArgumentException("\"" + text + "\": expected pass or block");
    };
  }

  private LineSource source() {
    if (follow != null && listen != null) {
      throw new UserError("--follow and --listen: expected one or the other");
    }
    if (fromStart && follow == null) {
      throw new UserError("--from-start: expected --follow FILE, whose start it means");
    }
    if (follow != null) {
      if (Files.isDirectory(follow)) {
        throw new UserError("--follow " + follow + ": found a directory, expected a file");
      }
      if (Files.exists(follow) && !Files.isReadable(follow)) {
        throw new UserError("--follow " + follow + ": found a file that may not be read");
      }
      if (!Files.exists(follow)) {
        console.err().println("headgate ingest: waiting for " + follow);
      }
      return LineSource.follow(follow, fromStart, maxLine);
    }
    return listen == null ? LineSource.stream("stdin", in, maxLine) : tcp(listen);
  }

  private LineSource tcp(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? "" : address.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    String bound = host;
    int port = colon < 0 ? -1 : port(address.substring(colon + 1));
    if (host.isEmpty() || port < 0) {
      throw new UserError(
          "--listen \"" + address + "\": expected HOST:PORT, such as 127.0.0.1:5170");
    }
    return LineSource.listen(
        host,
        port,
        maxLine,
        maxConnections,
        actual ->
            console.err().println("headgate ingest: listening on " + bound + ", port " + actual));
  }

  /** A port, or -1 for what is none. */
  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      return port <= 0xffff ? port : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private void checkTopics(KafkaSettings settings) {
    List<String> wanted = new ArrayList<>(List.of(topic));
    if (blockedTopic != null) {
      if (blockedTopic.equals(topic)) {
        throw new UserError("--blocked-topic " + topic + ": expected another than --topic");
      }
      wanted.add(blockedTopic);
    }
    try (Brokers brokers = Brokers.connect(settings)) {
      Set<String> found = brokers.describe(wanted).keySet();
      wanted.removeAll(found);
    }
    if (!wanted.isEmpty()) {
      throw new UserError(
          "topic "
              + String.join(", ", wanted)
              + ": there is none of that name at "
              + settings.bootstrapServers()
              + "; make it first, with as many partitions as its readers need");
    }
  }

  private static Producer<byte[], byte[]> producer(KafkaSettings settings) {
    Map<String, Object> config = settings.producer();
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
    config.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
