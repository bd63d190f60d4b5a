package io.headgate.streams;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.ExactLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Requests for tests to send, and what the oracle says of them. */
final class Traffic {

  /** One record of the input. */
  record Request(String key, long time) {}

  /** Noon of a day long ago: nothing of it is ahead of anybody's clock. */
  static final long START = 1_431_864_000_000L;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);

  private Traffic() {}

  /**
   * Requests of a few busy keys and many others, over some hours, out of order by up to ten
   * minutes.
   */
  static List<Request> generated(long seed, int count, int keys, long spanMillis) {
    Random random = new Random(seed);
    double[] upTo = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      // Zipf's law: the nth key is asked for a nth as often as the first.
      sum += 1.0 / (i + 1);
      upTo[i] = sum;
    }
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int found = Arrays.binarySearch(upTo, random.nextDouble() * sum);
      long late = random.nextInt(3) == 0 ? random.nextLong(600_000) : 0;
      requests.add(
          new Request(
              "key-" + (found < 0 ? -found - 1 : found), START + spanMillis * i / count - late));
    }
    return requests;
  }

  /** A log of real requests; a test is skipped, loudly, on machines that have none. */
  static Path accessLog() {
    Optional<Path> log = Checkout.accessLog();
    if (log.isEmpty()) {
      System.err.println("NOT TESTED: there is no shared/data/access.log above this directory");
    }
    assumeTrue(log.isPresent(), "needs a log of real requests, shared/data/access.log");
    return log.orElseThrow();
  }

  /** The log's requests by their first field, as they stand in it. */
  static List<Request> of(Path accessLog) {
    try (Stream<String> lines = Files.lines(accessLog, StandardCharsets.ISO_8859_1)) {
      return lines
          .map(
              line -> {
                int from = line.indexOf('[');
                String time = line.substring(from + 1, line.indexOf(']', from));
                return new Request(
                    line.substring(0, line.indexOf(' ')),
                    OffsetDateTime.parse(time, TIME).toInstant().toEpochMilli());
              })
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The oracle's verdicts: which requests, by their place in the list, are admitted. */
  static BitSet admitted(List<Request> requests, RateLimit limit) {
    ExactLog exact =
        new ExactLog(
            limit.limit(), limit.windowMillis(), limit.buckets(), limit.mode() == Mode.STRICT);
    BitSet admitted = new BitSet();
    for (int i = 0; i < requests.size(); i++) {
      admitted.set(i, exact.admits(requests.get(i).key(), requests.get(i).time(), 1));
    }
    return admitted;
  }

  /** How many requests of each key are not admitted. */
  static Map<String, Long> blocked(List<Request> requests, BitSet admitted) {
    Map<String, Long> blocked = new TreeMap<>();
    for (int i = 0; i < requests.size(); i++) {
      if (!admitted.get(i)) {
        blocked.merge(requests.get(i).key(), 1L, Long::sum);
      }
    }
    return blocked;
  }
}
