package io.headgate.service.config;

import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands beside the limiter: analytics, HTTP, how topics are made. What is wrong becomes
 * a problem. Belongs to one thread.
 */
final class PartsReader {

  static final String OFF = "off";

  private static final int MAX_PERIODS = 100_000;
  private static final int MAX_TOP = 10_000;
  private static final int MAX_PARTITIONS = 100_000;
  private static final int DEFAULT_HOURS = 48;
  private static final int DEFAULT_DAYS = 400;
  private static final int DEFAULT_TOP = 100;
  private static final int DEFAULT_PORT = 8080;
  private static final String LOOPBACK = "127.0.0.1";
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{16,1000}");
  private static final long MAX_TOKEN_FILE = 10_000;

  private static final String ANALYTICS = "off, or {zone: ZONE, keep-days: N, ...}";
  private static final String HTTP = "off, or {listen: HOST:PORT, ...}";
  private static final String LISTEN = "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
  private static final String NAMES = "a list of host names, such as [ limits.example.com ]";
  private static final String NAME = "a host name without a port, such as limits.example.com";
  private static final Pattern HOST_NAME =
      Pattern.compile("\\[[0-9a-fA-F:.]{2,45}]|[^\\[\\]:/\\s]{1,255}");
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9a-fA-F:.]+\\]|[a-zA-Z0-9.-]+):(\\d{1,5})");

  private final Path directory;
  private final Problems problems;
  private final YamlReader yaml;

  /**
   * Creates a reader.
   *
   * @param directory that paths in the file start from
   */
  PartsReader(Path directory, Problems problems, YamlReader yaml) {
    this.directory = directory;
    this.problems = problems;
    this.yaml = yaml;
  }

  @Nullable CreateTopics createTopics(YamlAt at) {
    YamlMapping found =
        yaml.mapping(at, "{partitions: N, replication: N}", List.of("partitions", "replication"));
    if (found == null) {
      return null;
    }
    YamlAt partitionsAt = found.get("partitions");
    if (partitionsAt == null && found.whole()) {
      problems.add(at, "no partitions", "partitions: a whole number, 1 or more");
    }
    Long partitions = partitionsAt == null ? null : yaml.number(partitionsAt, 1, MAX_PARTITIONS);
    long replication = number(found, "replication", -1, -1, Short.MAX_VALUE);
    if (replication == 0) {
      problems.add(at, "0 copies", "1 or more, or -1 for what the brokers say");
    }
    return partitions == null ? null : new CreateTopics(partitions.intValue(), (short) replication);
  }

  /** What is rolled up; null if that is off, or wrong. */
  @Nullable AnalyticsConfig analytics(@Nullable YamlAt at) {
    if (at == null) {
      return new AnalyticsConfig(AnalyticsConfig.UTC, DEFAULT_HOURS, DEFAULT_DAYS, DEFAULT_TOP);
    }
    if (isOff(at)) {
      return null;
    }
    YamlMapping found =
        yaml.mapping(at, ANALYTICS, List.of("zone", "keep-hours", "keep-days", "top"));
    if (found == null) {
      return null;
    }
    ZoneId zone = zone(found.get("zone"));
    int hours = number(found, "keep-hours", DEFAULT_HOURS, 1, MAX_PERIODS);
    int days = number(found, "keep-days", DEFAULT_DAYS, 1, MAX_PERIODS);
    int top = number(found, "top", DEFAULT_TOP, 1, MAX_TOP);
    return zone == null ? null : new AnalyticsConfig(zone, hours, days, top);
  }

  private @Nullable ZoneId zone(@Nullable YamlAt at) {
    if (at == null) {
      return AnalyticsConfig.UTC;
    }
    String expected = "a time zone, such as UTC or Europe/Berlin";
    String text = yaml.text(at, expected);
    if (text == null) {
      return null;
    }
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      problems.add(at, at.found(), expected);
      return null;
    }
  }

  /** What is shown over HTTP; null if that is off, or wrong. */
  @Nullable HttpConfig http(@Nullable YamlAt at) {
    if (at == null) {
      return new HttpConfig(LOOPBACK, DEFAULT_PORT, null, false, false, Set.of());
    }
    if (isOff(at)) {
      return null;
    }
    int before = problems.count();
    YamlMapping found =
        yaml.mapping(at, HTTP, List.of("listen", "token-file", "write", "open", "names"));
    if (found == null) {
      return null;
    }
    YamlAt listenAt = found.get("listen");
    Matcher address = listenAt == null ? null : address(listenAt);
    String host = address == null ? LOOPBACK : address.group(1).replaceAll("[\\[\\]]", "");
    int port = address == null ? DEFAULT_PORT : Integer.parseInt(address.group(2));
    YamlAt tokenAt = found.get("token-file");
    Path tokenFile = tokenAt == null ? null : tokenFile(tokenAt);
    boolean write = truth(found.get("write"));
    boolean open = truth(found.get("open"));
    Set<String> names = names(found.get("names"));
    if (problems.count() == before && tokenAt == null) {
      if (!isLoopback(host) && !open) {
        problems.add(
            listenAt == null ? at : listenAt,
            "an interface that others reach (" + host + ")",
            "a token-file beside it",
            "or open: true, for whoever reaches it to read");
      }
      if (write) {
        problems.add(at, "write: true without a token-file", "token-file: FILE beside it");
      }
    }
    return problems.count() == before
        ? new HttpConfig(host, port, tokenFile, write, open, names)
        : null;
  }

  private @Nullable Matcher address(YamlAt at) {
    String text = yaml.text(at, LISTEN);
    if (text == null) {
      return null;
    }
    Matcher address = ADDRESS.matcher(text);
    if (address.matches() && Integer.parseInt(address.group(2)) <= 0xffff) {
      return address;
    }
    problems.add(at, at.found(), LISTEN);
    return null;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  private Set<String> names(@Nullable YamlAt at) {
    List<YamlAt> items = at == null ? List.of() : yaml.list(at, NAMES);
    Set<String> names = new HashSet<>();
    for (YamlAt item : items == null ? List.<YamlAt>of() : items) {
      String name = yaml.text(item, NAME);
      if (name != null && !HOST_NAME.matcher(name).matches()) {
        problems.add(item, item.found(), NAME);
      } else if (name != null) {
        names.add(name);
      }
    }
    return Set.copyOf(names);
  }

  private @Nullable Path tokenFile(YamlAt at) {
    Path file = file(at, directory, "a file with a token in its first line", yaml, problems);
    if (file == null) {
      return null;
    }
    String expected = "16 to 1,000 visible characters of ASCII, a token, in its first line";
    try {
      if (Files.size(file) > MAX_TOKEN_FILE) {
        problems.add(at, "a file of more than " + MAX_TOKEN_FILE + " bytes", expected);
        return null;
      }
      String first = Files.readString(file).lines().findFirst().orElse("").strip();
      if (!TOKEN.matcher(first).matches()) {
        problems.add(at, first.length() + " characters in " + file, expected);
        return null;
      }
      return file;
    } catch (IOException e) {
      problems.add(at, "a file that cannot be read (" + e + ")", expected);
      return null;
    }
  }

  /** A file by its name, seen from the one that names it. */
  static @Nullable Path file(
      YamlAt at, Path directory, String expected, YamlReader yaml, Problems problems) {
    String name = yaml.text(at, expected);
    try {
      return name == null ? null : directory.resolve(name);
    } catch (InvalidPathException e) {
      problems.add(at, "no name of a file (" + e.getReason() + ")", expected);
      return null;
    }
  }

  private static boolean isOff(YamlAt at) {
    return at.is(OFF) || at.is("false");
  }

  private boolean truth(@Nullable YamlAt at) {
    return at != null && Boolean.TRUE.equals(yaml.truth(at));
  }

  private int number(YamlMapping found, String key, int otherwise, int from, int to) {
    YamlAt at = found.get(key);
    Long number = at == null ? null : yaml.number(at, from, to);
    return number == null ? otherwise : number.intValue();
  }
}
