package io.headgate.chaos;

import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.testkit.ExactLog;
import io.headgate.testkit.TopicReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the topics say at the end: what came in, what came out, and what the events account for.
 *
 * <p>A record that is not among the admitted must have its place in an event of its user and
 * partition whose offsets reach over it, or in one without a user that counts for want of slots;
 * and an event has as many places as its count. A record without a place is lost.
 */
final class Ledger {

  private static final Duration READ_LIMIT = Duration.ofMinutes(5);

  /** One record of the input. */
  record Input(int number, int partition, long offset, int user, long time) {}

  /** What an event claims: so many records between two offsets. No user: of any. */
  record Claim(int partition, @Nullable Integer user, long first, long last, long count) {}

  private final List<Input> inputs;
  private final int[] admitted;
  private final List<Claim> claims;

  /** What the exact log says, by the records' numbers. */
  private final boolean[] expected;

  /**
   * Makes a ledger.
   *
   * @param inputs numbered from 0 without a gap; those of a partition in the order of offsets
   * @param admitted how often each is on the output topic, by number
   * @param claims of all events
   */
  Ledger(List<Input> inputs, int[] admitted, List<Claim> claims) {
    this.inputs = inputs;
    this.admitted = admitted;
    this.claims = claims;
    this.expected = new boolean[inputs.size()];
    ExactLog exact =
        new ExactLog(
            Setup.LIMIT.limit(),
            Setup.LIMIT.windowMillis(),
            Setup.LIMIT.buckets(),
            Setup.LIMIT.mode() == Mode.STRICT);
    for (Input input : inputs) {
      expected[input.number] = exact.admits(Setup.user(input.user), input.time, 1);
    }
  }

  /** Reads the topics of a run that has ended. */
  static Ledger read(String bootstrapServers) {
    List<Input> inputs = new ArrayList<>();
    TopicReader.forEach(
        bootstrapServers,
        Setup.REQUESTS,
        READ_LIMIT,
        record ->
            inputs.add(
                new Input(
                    Integer.parseInt(text(record.value())),
                    record.partition(),
                    record.offset(),
                    Setup.number(text(record.key())),
                    record.timestamp())));
    int[] admitted = new int[inputs.size()];
    TopicReader.forEach(
        bootstrapServers,
        Setup.ADMITTED,
        READ_LIMIT,
        record -> admitted[Integer.parseInt(text(record.value()))]++);
    List<Claim> claims = new ArrayList<>();
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      TopicReader.forEach(
          bootstrapServers, Setup.BLOCKED, READ_LIMIT, record -> claims.add(claim(serde, record)));
    }
    return new Ledger(inputs, admitted, claims);
  }

  private static Claim claim(BlockedEventSerde serde, ConsumerRecord<byte[], byte[]> record) {
    BlockedEvent event =
        Objects.requireNonNull(serde.deserializer().deserialize(record.topic(), record.value()));
    String key = event.key();
    return new Claim(
        event.partition(),
        key == null ? null : Setup.number(key),
        event.firstOffset(),
        event.lastOffset(),
        event.count());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  long inputs() {
    return inputs.size();
  }

  /** Records on the output topic, each once. */
  long admitted() {
    return inputs.stream().filter(input -> admitted[input.number] > 0).count();
  }

  /** Σ count of the events. */
  long eventCountSum() {
    return claims.stream().mapToLong(Claim::count).sum();
  }

  /** Events that stand for several records of a user. */
  long grownEvents() {
    return claims.stream().filter(claim -> claim.user != null && claim.count > 1).count();
  }

  /** Events that stand for records without their users. */
  long overflowEvents() {
    return claims.stream().filter(claim -> claim.user == null).count();
  }

  /** Records that were admitted a second time, and those that events count beyond the blocked. */
  long duplicates() {
    long twice = inputs.stream().mapToLong(each -> Math.max(0, admitted[each.number] - 1)).sum();
    return twice + Math.max(0, eventCountSum() - (inputs() - admitted() - lost()));
  }

  /** Records that are neither on the output topic nor in any event. */
  long lost() {
    Map<Integer, List<Input>> byUser = new TreeMap<>();
    for (Input input : inputs) {
      if (admitted[input.number] == 0) {
        byUser.computeIfAbsent(input.user, unused -> new ArrayList<>()).add(input);
      }
    }
    Map<Integer, List<Claim>> ofUser = new HashMap<>();
    Map<Integer, List<Claim>> ofPartition = new HashMap<>();
    for (Claim claim : claims) {
      if (claim.user != null) {
        ofUser.computeIfAbsent(claim.user, unused -> new ArrayList<>()).add(claim);
      } else {
        ofPartition.computeIfAbsent(claim.partition, unused -> new ArrayList<>()).add(claim);
      }
    }
    Map<Integer, List<Input>> rest = new TreeMap<>();
    byUser.forEach(
        (user, records) ->
            withoutPlace(records, ofUser.getOrDefault(user, List.of()))
                .forEach(
                    input ->
                        rest.computeIfAbsent(input.partition, unused -> new ArrayList<>())
                            .add(input)));
    long lost = 0;
    for (var partition : rest.entrySet()) {
      lost +=
          withoutPlace(
                  partition.getValue(), ofPartition.getOrDefault(partition.getKey(), List.of()))
              .size();
    }
    return lost;
  }

  /**
   * Gives each record a place in one of some claims that reach over it, the one that ends first:
   * where that leaves a record without, every other way leaves as many.
   */
  private static List<Input> withoutPlace(List<Input> records, List<Claim> claims) {
    List<Input> byOffset = new ArrayList<>(records);
    byOffset.sort(Comparator.comparingLong(Input::offset));
    List<Claim> byFirst = new ArrayList<>(claims);
    byFirst.sort(Comparator.comparingLong(Claim::first));
    PriorityQueue<Claim> reaching = new PriorityQueue<>(Comparator.comparingLong(Claim::last));
    List<Input> without = new ArrayList<>();
    int next = 0;
    for (Input input : byOffset) {
      for (; next < byFirst.size() && byFirst.get(next).first <= input.offset; next++) {
        reaching.add(byFirst.get(next));
      }
      while (!reaching.isEmpty() && reaching.peek().last < input.offset) {
        reaching.remove();
      }
      Claim place = reaching.poll();
      if (place == null) {
        without.add(input);
      } else if (place.count > 1) {
        reaching.add(
            new Claim(place.partition, place.user, place.first, place.last, place.count - 1));
      }
    }
    return without;
  }

  /**
   * Verdicts that are not those of the exact log, where each record is judged as if once: records
   * admitted or not against it, and events that claim more than it blocks between their offsets.
   */
  long verdictErrors() {
    long errors =
        inputs.stream()
            .filter(input -> admitted[input.number] > 0 != expected[input.number])
            .count();
    Map<Integer, List<Long>> blockedOfUser = new HashMap<>();
    Map<Integer, List<Long>> blockedOfPartition = new HashMap<>();
    for (Input input : inputs) {
      if (!expected[input.number]) {
        blockedOfUser.computeIfAbsent(input.user, unused -> new ArrayList<>()).add(input.offset);
        blockedOfPartition
            .computeIfAbsent(input.partition, unused -> new ArrayList<>())
            .add(input.offset);
      }
    }
    for (Claim claim : claims) {
      List<Long> offsets =
          claim.user != null
              ? blockedOfUser.getOrDefault(claim.user, List.of())
              : blockedOfPartition.getOrDefault(claim.partition, List.of());
      if (between(offsets, claim.first, claim.last) < claim.count) {
        errors++;
      }
    }
    return errors;
  }

  /** How many of some offsets, in their order, lie between two. */
  private static int between(List<Long> offsets, long first, long last) {
    return before(offsets, last + 1) - before(offsets, first);
  }

  private static int before(List<Long> offsets, long offset) {
    int low = 0;
    int high = offsets.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets.get(middle) < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * How far the admitted records of a user are from the exact log's, and from what replays explain.
   *
   * @param user number of the user
   * @param admitted records on the output topic, each once
   * @param expected records that the exact log admits
   * @param replayed records that were judged again
   */
  record Deviation(int user, long admitted, long expected, long replayed) {

    /** Verdicts that no replay explains: one that is judged again is charged again, and no more. */
    long unexplained() {
      return Math.max(0, Math.abs(admitted - expected) - replayed);
    }

    @Override
    public String toString() {
      return Setup.user(user)
          + ": "
          + admitted
          + " admitted, "
          + expected
          + " by the exact log, "
          + replayed
          + " judged again";
    }
  }

  /**
   * The users of whom more or fewer were admitted than the exact log says, beyond those judged
   * again, where what is judged again is charged again.
   *
   * @param judged how many records of a user were judged, however often each
   */
  List<Deviation> deviations(IntToLongFunction judged) {
    long[] came = new long[Setup.USERS];
    long[] out = new long[Setup.USERS];
    long[] exact = new long[Setup.USERS];
    for (Input input : inputs) {
      came[input.user]++;
      out[input.user] += admitted[input.number] > 0 ? 1 : 0;
      exact[input.user] += expected[input.number] ? 1 : 0;
    }
    return IntStream.range(0, Setup.USERS)
        .mapToObj(
            user ->
                new Deviation(user, out[user], exact[user], judged.applyAsLong(user) - came[user]))
        .filter(deviation -> deviation.unexplained() > 0)
        .toList();
  }
}
