package io.headgate.streams;

import io.headgate.RateLimit;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.EventKey;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.lane.LaneSettings;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.OverLimit;
import io.headgate.rules.OverflowPolicy;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The drop-in: a limit per record key in a stream, with every blocked record accounted for on a
 * topic of its own.
 *
 * <pre>{@code
 * stream.processValues(
 *         Headgate.limit(RateLimit.perMinute(100)).blockedTo("blocked").build())
 *     .to("admitted");
 * }</pre>
 *
 * <p>The limit is per key across the whole application as long as the stream is partitioned by its
 * key: after an operation that changes the key, {@code repartition()} first.
 */
public final class Headgate {

  private Headgate() {}

  /**
   * Starts a limiter.
   *
   * @param limit what each key is allowed
   * @return a builder with the defaults
   */
  public static Builder limit(RateLimit limit) {
    return new Builder(Objects.requireNonNull(limit, "limit"), null);
  }

  /**
   * Starts a limiter of several rules.
   *
   * @param rules which records are limited by what
   * @return a builder with the defaults
   */
  public static Builder rules(RuleSet rules) {
    return rules(LiveRules.of(rules));
  }

  /**
   * Starts a limiter whose rules may be changed while it runs.
   *
   * @param rules which records are limited by what, now
   * @return a builder with the defaults
   */
  public static Builder rules(LiveRules rules) {
    return new Builder(null, Objects.requireNonNull(rules, "rules"));
  }

  /**
   * Puts a limiter into a stream, and gives both what it lets through and what it blocks.
   *
   * @param stream the records to limit, by their key
   * @param limiter the limiter's settings
   * @param <K> type of the keys
   * @param <V> type of the values
   * @return the two branches; their names in the topology begin with the limiter's
   * @throws IllegalStateException if settings are missing or exclude each other, or the rules limit
   *     by something else than the record key or hold records: then {@link #split(KStream, Builder,
   *     Serde, Serde)}
   */
  public static <K, V> Split<K, V> split(KStream<K, V> stream, Builder limiter) {
    return Branches.split(stream, new LimiterSettings(limiter), null, null);
  }

  /**
   * Puts a limiter into a stream, and gives both what it lets through and what it blocks. If the
   * rules limit by something else than the record key, records go through a repartition topic
   * first, as a message in the log says, and have their own key again afterwards.
   *
   * @param stream the records to limit
   * @param limiter the limiter's settings
   * @param keys serde of the keys
   * @param values serde of the values
   * @param <K> type of the keys
   * @param <V> type of the values
   * @return the two branches; their names in the topology begin with the limiter's
   * @throws IllegalStateException if settings are missing or exclude each other
   */
  public static <K, V> Split<K, V> split(
      KStream<K, V> stream, Builder limiter, Serde<K> keys, Serde<V> values) {
    return Branches.split(stream, new LimiterSettings(limiter), keys, values);
  }

  /**
   * Puts a limiter into a stream, with blocked records going where the rules say: nowhere, on with
   * headers, to a topic of theirs, or into a store until their key has room. If the rules limit by
   * something else than the record key, records go through a repartition topic first, as a message
   * in the log says.
   *
   * @param stream the records to limit
   * @param limiter the limiter's settings
   * @param keys serde of the keys
   * @param values serde of the values
   * @param <K> type of the keys
   * @param <V> type of the values
   * @return what goes on: records that are let through, and blocked ones that are tagged
   * @throws IllegalStateException if settings are missing or exclude each other
   */
  public static <K, V> KStream<K, V> apply(
      KStream<K, V> stream, Builder limiter, Serde<K> keys, Serde<V> values) {
    return Branches.route(stream, new LimiterSettings(limiter), keys, values);
  }

  /** Settings of a limiter in a topology. Not thread-safe; each {@link #build} stands alone. */
  public static final class Builder {
    private static final int MAX_KEYS = 1 << 30;
    private static final int MAX_TOP_KEYS = 1 << 16;
    private static final Duration MIN_SUMMARY = Duration.ofMillis(10);
    private static final Duration MAX_SUMMARY = Duration.ofHours(1);

    private final @Nullable RateLimit limit;
    private final @Nullable LiveRules rules;
    String name = "headgate";
    @Nullable String blockedTopic;
    Delivery delivery = Delivery.AT_LEAST_ONCE;
    LaneFailurePolicy laneFailure = LaneFailurePolicy.STOP;
    Emit emit = Emit.EVERY;
    Duration summaryInterval = Duration.ofSeconds(1);
    TimeSource time = TimeSource.EVENT;
    private @Nullable LatePolicy latePolicy;
    private @Nullable OverflowPolicy overflowPolicy;
    OverLimit overLimit = OverLimit.drop();
    int holdMaxRecords = 100_000;
    long holdMaxBytes = 256L << 20;
    boolean headers;
    int nearPercent = 80;
    NoKeyPolicy noKeyPolicy = NoKeyPolicy.ADMIT;
    EventKey eventKey = EventKey.PLAIN;
    @Nullable Duration maxFuture;
    @Nullable Duration rowGrace;
    int maxKeys = 1_000_000;
    int ring = 8_192;
    int slots = 16_384;
    int slotBytes = 256;
    long maxEventsPerSecond = 50_000;
    int topKeys = LaneSettings.DEFAULT_TOP_KEYS;
    @Nullable String hashSeed;
    @Nullable Serde<?> keySerde;
    @Nullable Class<?> costType;
    @Nullable ToLongFunction<Object> cost;
    @Nullable Function<Map<String, Object>, Producer<byte[], byte[]>> laneProducer;

    private Builder(@Nullable RateLimit limit, @Nullable LiveRules rules) {
      this.limit = limit;
      this.rules = rules;
    }

    boolean hasRules() {
      return rules != null;
    }

    /** The rules, of which one limit alone is one. */
    LiveRules live() {
      if (rules != null) {
        mustBeSaidByRules("late.policy", latePolicy);
        mustBeSaidByRules("overflow.policy", overflowPolicy);
        mustBeSaidByRules("cost", cost);
        return rules;
      }
      Rule.Builder rule = Rule.named(LimitSpec.DEFAULT).limits(Objects.requireNonNull(limit));
      if (latePolicy != null) {
        rule.late(latePolicy);
      }
      if (overflowPolicy != null) {
        rule.overflow(overflowPolicy);
      }
      return LiveRules.of(RuleSet.builder().rule(rule.build()).build());
    }

    private void mustBeSaidByRules(String what, @Nullable Object value) {
      if (value != null) {
        throw new IllegalStateException(
            "limiter \"" + name + "\": " + what + " beside rules: say it in each rule");
      }
    }

    /**
     * Names the limiter: in its store, its changelog topic, its events and its metrics. Limiters of
     * one topology need different names; another name is another state.
     *
     * @param newName {@code headgate} by default; letters, digits, {@code . _ -}
     * @return this
     */
    public Builder named(String newName) {
      if (!newName.matches("[a-zA-Z0-9._-]{1,100}")) {
        throw new IllegalArgumentException(
            "limiter name \"" + newName + "\": expected 1 to 100 letters, digits, '.', '_' or '-'");
      }
      name = newName;
      return this;
    }

    /**
     * Names the topic of the blocked records' events. It must exist, with a retention that suits
     * its readers. Required.
     *
     * @param topic the blocked topic
     * @return this
     */
    public Builder blockedTo(String topic) {
      if (!topic.matches("[a-zA-Z0-9._-]{1,249}") || topic.matches("\\.{1,2}")) {
        throw new IllegalArgumentException(
            "blocked topic \"" + topic + "\": expected 1 to 249 letters, digits, '.', '_' or '-'");
      }
      blockedTopic = topic;
      return this;
    }

    /**
     * Sets how events of blocked records reach their topic, and what a commit waits for.
     *
     * @param newDelivery {@link Delivery#AT_LEAST_ONCE} by default
     * @return this
     */
    public Builder delivery(Delivery newDelivery) {
      delivery = Objects.requireNonNull(newDelivery, "delivery");
      return this;
    }

    /**
     * Sets what becomes of events that no retry can get to their topic, because it is missing or
     * refuses them. Not for {@link Delivery#TRANSACTIONAL}, whose events are Kafka Streams' to
     * send: there its {@code production.exception.handler} decides. Without a say under {@link
     * Delivery#BEST_EFFORT}, which gives up all that fails.
     *
     * @param policy {@link LaneFailurePolicy#STOP} by default
     * @return this
     */
    public Builder onLaneFailure(LaneFailurePolicy policy) {
      laneFailure = Objects.requireNonNull(policy, "on.lane.failure");
      return this;
    }

    /**
     * Sets which blocked records are events of their own.
     *
     * @param which {@link Emit#EVERY} by default
     * @return this
     */
    public Builder emit(Emit which) {
      emit = Objects.requireNonNull(which, "emit");
      return this;
    }

    /**
     * Sets how long a summary may wait for more of its key, with {@link Emit#FIRST_AND_SUMMARY}. It
     * never waits longer than for the next commit: where {@code commit.interval.ms} is shorter,
     * that is what counts.
     *
     * @param interval one second by default, 10 ms to 1 hour
     * @return this
     */
    public Builder summaryInterval(Duration interval) {
      if (interval.compareTo(MIN_SUMMARY) < 0 || interval.compareTo(MAX_SUMMARY) > 0) {
        throw new IllegalArgumentException(
            "summary.interval " + interval + ": expected 10 ms to 1 hour");
      }
      summaryInterval = interval;
      return this;
    }

    /**
     * Sets what time records are judged at.
     *
     * @param source {@link TimeSource#EVENT} by default
     * @return this
     */
    public Builder time(TimeSource source) {
      time = Objects.requireNonNull(source, "time");
      return this;
    }

    /**
     * Sets how far a record's timestamp may be ahead of the wall clock before it is not believed
     * and judged at the later of its key's newest time and the wall clock.
     *
     * @param bound one window by default
     * @return this
     */
    public Builder maxFuture(Duration bound) {
      maxFuture = notNegative("max.future", bound);
      return this;
    }

    /**
     * Sets what becomes of records that are very late.
     *
     * <p>With {@link #rules}, each rule says it.
     *
     * @param policy {@link LatePolicy#JUDGE} by default
     * @return this
     */
    public Builder latePolicy(LatePolicy policy) {
      latePolicy = Objects.requireNonNull(policy, "late.policy");
      return this;
    }

    /**
     * Sets what becomes of keys beyond {@link #maxKeys}.
     *
     * <p>With {@link #rules}, each rule says it.
     *
     * @param policy {@link OverflowPolicy#SHARED_ROW} by default
     * @return this
     */
    public Builder overflowPolicy(OverflowPolicy policy) {
      overflowPolicy = Objects.requireNonNull(policy, "overflow.policy");
      return this;
    }

    /**
     * Sets what becomes of a record that is blocked, where its rule does not say; it is told of on
     * the blocked topic all the same.
     *
     * @param what {@link OverLimit#drop} by default
     * @return this
     */
    public Builder overLimit(OverLimit what) {
      overLimit = Objects.requireNonNull(what, "over.limit");
      return this;
    }

    /**
     * Bounds what a task holds of all keys together, where {@link OverLimit#hold} says so. What
     * would be beyond is BLOCKED and dropped.
     *
     * @param records 100,000 by default, 1 or more
     * @param bytes of the records in their store, on disk; 256 MiB by default, 1 or more
     * @return this
     */
    public Builder holdAtMost(int records, long bytes) {
      holdMaxRecords = atLeastOne("hold.max.records", records);
      if (bytes < 1) {
        throw new IllegalArgumentException("hold.max.bytes " + bytes + ": expected 1 or more");
      }
      holdMaxBytes = bytes;
      return this;
    }

    /**
     * Adds {@link RateLimitHeaders} to the records that pass: how much of their limit is left, and
     * what was suppressed before them. Costs some objects for each record.
     *
     * @return this
     */
    public Builder withHeaders() {
      headers = true;
      return this;
    }

    /**
     * Sets from which use of a limit on records are counted as near it.
     *
     * @param percent of the limit, 80 by default, 1 to 100
     * @return this
     */
    public Builder nearLimit(int percent) {
      if (percent < 1 || percent > 100) {
        throw new IllegalArgumentException("near.limit " + percent + ": expected 1 to 100 percent");
      }
      nearPercent = percent;
      return this;
    }

    /**
     * Sets what becomes of records without a key.
     *
     * @param policy {@link NoKeyPolicy#ADMIT} by default
     * @return this
     */
    public Builder noKeyPolicy(NoKeyPolicy policy) {
      noKeyPolicy = Objects.requireNonNull(policy, "no.key.policy");
      return this;
    }

    /**
     * Bounds the keys that a task remembers at a time.
     *
     * @param keys 1,000,000 by default, at most 2^30
     * @return this
     */
    public Builder maxKeys(int keys) {
      if (keys > MAX_KEYS) {
        throw new IllegalArgumentException("max.keys " + keys + ": expected 1 to " + MAX_KEYS);
      }
      maxKeys = atLeastOne("max.keys", keys);
      return this;
    }

    /**
     * Sets how long after the end of its window an idle key's row is kept, by the task's stream
     * time.
     *
     * @param grace one window by default
     * @return this
     */
    public Builder rowGrace(Duration grace) {
      rowGrace = notNegative("row.grace", grace);
      return this;
    }

    /**
     * Sets what a record costs, by its value; 1 without it. A cost of 0 passes uncharged, a
     * negative one is an error.
     *
     * @param type class of the stream's values
     * @param function units of a value that is not null
     * @param <V> type of the stream's values
     * @return this
     */
    public <V> Builder cost(Class<V> type, ToLongFunction<? super V> function) {
      costType = type;
      cost = value -> function.applyAsLong(type.cast(value));
      return this;
    }

    /**
     * Names the serde of the record keys, for keys that are no text, bytes, number or UUID; the
     * application's default key serde without it.
     *
     * @param serde turns a key into the bytes that are limited by
     * @return this
     */
    public Builder keySerde(Serde<?> serde) {
      keySerde = Objects.requireNonNull(serde, "keySerde");
      return this;
    }

    /**
     * Sets the seed of the keys' fingerprints: a secret where keys are chosen by strangers. Part of
     * the persisted state: a restart with another seed is refused.
     *
     * @param seed the application id by default
     * @return this
     */
    public Builder hashSeed(String seed) {
      hashSeed = Objects.requireNonNull(seed, "hash.seed");
      return this;
    }

    /**
     * Sets how much of a key the events show.
     *
     * @param shown {@link EventKey#PLAIN} by default
     * @return this
     */
    public Builder eventKey(EventKey shown) {
      eventKey = Objects.requireNonNull(shown, "event.key");
      return this;
    }

    /**
     * Sets the sizes of a task's lane. When the ring is full, a key's event waits open in its slot
     * and counts; when the slots run out too, records are counted without their keys.
     *
     * @param events that may wait for the lane's thread, 8,192 by default
     * @param newSlots events that may exist, waiting or open, 16,384 by default; more than the
     *     ring, or there is nothing to keep an event open in
     * @return this
     */
    public Builder ring(int events, int newSlots) {
      ring = atLeastOne("ring", events);
      slots = atLeastOne("slots", newSlots);
      return this;
    }

    /**
     * Sets the bytes of an event slot; a key that does not fit behind its 96 bytes of facts is cut.
     *
     * @param bytes 256 by default, a multiple of 8
     * @return this
     */
    public Builder slotBytes(int bytes) {
      slotBytes = bytes;
      return this;
    }

    /**
     * Bounds what the lane of one application instance sends in a second, commits aside. Limiters
     * of one application share a lane, and so this number.
     *
     * @param events 50,000 by default
     * @return this
     */
    public Builder maxEventsPerSecond(long events) {
      if (events < 1) {
        throw new IllegalArgumentException(
            "lane.max.events.per.second " + events + ": expected 1 or more");
      }
      maxEventsPerSecond = events;
      return this;
    }

    /**
     * Sets how many keys {@link LimiterView#topBlocked} tells apart, in bounded memory: at the most
     * 3,600 bytes for each of them.
     *
     * @param keys 256 by default, 0 (it tells none) to 65,536
     * @return this
     */
    public Builder topKeys(int keys) {
      if (keys < 0 || keys > MAX_TOP_KEYS) {
        throw new IllegalArgumentException("top.keys " + keys + ": expected 0 to " + MAX_TOP_KEYS);
      }
      topKeys = keys;
      return this;
    }

    /**
     * Replaces the lane's producer, in tests without a broker for example.
     *
     * @param factory makes a producer from the settings that the lane would use; the lane closes it
     * @return this
     */
    public Builder laneProducer(Function<Map<String, Object>, Producer<byte[], byte[]>> factory) {
      laneProducer = Objects.requireNonNull(factory, "laneProducer");
      return this;
    }

    /**
     * Makes the operator for {@code stream.processValues(...)}. It brings its own store.
     *
     * @param <K> type of the stream's keys
     * @param <V> type of the stream's values, which pass unchanged
     * @return a supplier for one place of one topology
     * @throws IllegalStateException if no blocked topic is named, settings exclude each other, or
     *     rules need more than an operator: {@link Headgate#apply} or {@link Headgate#split} then
     */
    public <K, V> FixedKeyProcessorSupplier<K, V, V> build() {
      LimiterSettings settings = new LimiterSettings(this);
      settings.mustPassByThemselves();
      return new RateLimitSupplier<>(settings, Exit.unchanged(settings));
    }

    private static Duration notNegative(String what, Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException(what + " " + value + ": expected 0 or more");
      }
      return value;
    }

    private static int atLeastOne(String what, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(what + " " + value + ": expected 1 or more");
      }
      return value;
    }
  }
}
