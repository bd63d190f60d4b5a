package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.lane.LaneSettings;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** What one limiter of a topology is made of: a builder's settings, checked and frozen. */
final class LimiterSettings {

  /** How often events that found no room look for it while no record comes. */
  private static final Duration PUMP = Duration.ofMillis(100);

  final String name;
  final String storeName;

  /** The rules that the limiter starts with: their names and windows stay, all else may change. */
  final RuleSet rules;

  /** What the rules say now. */
  final LiveRules live;

  /** Whether they may say something else later. */
  final boolean changeable;

  /** Every limit of every rule, in their order. */
  final List<LimitSpec> limits;

  final LaneSettings lane;

  /** How often events that are open go out while nothing else makes them. */
  final Duration pumpInterval;

  final long maxEventsPerSecond;
  final @Nullable Function<Map<String, Object>, Producer<byte[], byte[]>> laneProducer;
  final TimeSource time;
  final NoKeyPolicy noKeyPolicy;
  final OverLimit overLimit;

  /** Whether any rule may hold records. */
  final boolean holds;

  final String heldName;
  final int holdMaxRecords;
  final long holdMaxBytes;
  final boolean headers;
  final int nearPercent;

  /** -1 for each limit's window. */
  final long maxFutureMillis;

  /** -1 for each limit's window. */
  final long rowGraceMillis;

  final int maxKeys;
  final @Nullable Serde<?> keySerde;
  final @Nullable Class<?> costType;
  final @Nullable ToLongFunction<Object> cost;
  private final @Nullable String hashSeed;

  LimiterSettings(Headgate.Builder builder) {
    if (builder.blockedTopic == null) {
      throw new IllegalStateException(
          "limiter \""
              + builder.name
              + "\" has no topic for its blocked records: name it with blockedTo(\"...\")");
    }
    if (builder.delivery == Delivery.TRANSACTIONAL
        && builder.laneFailure != LaneFailurePolicy.STOP) {
      throw new IllegalStateException(
          "limiter \""
              + builder.name
              + "\": onLaneFailure("
              + builder.laneFailure
              + ") with delivery TRANSACTIONAL, which has no lane to fail: leave it out, and set"
              + " Kafka Streams' production.exception.handler");
    }
    name = builder.name;
    storeName = storeName(builder.name);
    live = builder.live();
    changeable = builder.hasRules();
    rules = live.state().rules();
    limits = limits(rules);
    lane =
        new LaneSettings(
            builder.blockedTopic,
            builder.name,
            rules.rules().stream().map(Rule::name).toList(),
            builder.ring,
            builder.slots,
            builder.slotBytes,
            builder.eventKey,
            builder.delivery,
            builder.emit,
            builder.laneFailure,
            builder.topKeys);
    pumpInterval = builder.emit == Emit.FIRST_AND_SUMMARY ? builder.summaryInterval : PUMP;
    maxEventsPerSecond = builder.maxEventsPerSecond;
    laneProducer = builder.laneProducer;
    time = builder.time;
    noKeyPolicy = builder.noKeyPolicy;
    overLimit = builder.overLimit;
    holds = holds(overLimit) || rules.rules().stream().anyMatch(rule -> holds(rule.overLimit()));
    heldName = builder.name + "-held";
    holdMaxRecords = builder.holdMaxRecords;
    holdMaxBytes = builder.holdMaxBytes;
    if (holds) {
      tellHeldApart();
    }
    live.mayHold(holds);
    headers = builder.headers;
    nearPercent = builder.nearPercent;
    maxFutureMillis = builder.maxFuture == null ? -1 : millis(builder.maxFuture);
    rowGraceMillis = builder.rowGrace == null ? -1 : millis(builder.rowGrace);
    maxKeys = builder.maxKeys;
    keySerde = builder.keySerde;
    costType = builder.costType;
    cost = builder.cost;
    hashSeed = builder.hashSeed;
  }

  /** The store, and so the changelog, of a limiter. */
  static String storeName(String limiter) {
    return limiter + "-windows";
  }

  /** A span that is too long for milliseconds has no end. */
  private static long millis(Duration span) {
    try {
      return span.toMillis();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /** Held records are found by their rules' names, of which four bytes are written. */
  private void tellHeldApart() {
    Set<Integer> tags = new HashSet<>();
    for (Rule rule : rules.rules()) {
      if (!tags.add(HeldFormat.tag(rule.name()))) {
        throw new IllegalStateException(
            "limiter \""
                + name
                + "\": held records of rule "
                + rule.name()
                + " cannot be told from those of another rule; give it another name");
      }
    }
  }

  private List<LimitSpec> limits(RuleSet set) {
    List<LimitSpec> specs = new ArrayList<>();
    Set<Integer> tags = new HashSet<>();
    for (int number = 0; number < set.rules().size(); number++) {
      Rule rule = set.rules().get(number);
      for (int i = 0; i < rule.limits().size(); i++) {
        LimitSpec spec = LimitSpec.of(number, rule.name(), i, rule.limits().get(i));
        if (!tags.add(spec.tag())) {
          throw new IllegalStateException(
              "limiter \""
                  + name
                  + "\": the changelog cannot tell the rows of "
                  + spec
                  + " from those of another limit; give the rule another name");
        }
        specs.add(spec);
      }
    }
    return specs;
  }

  private static boolean holds(@Nullable OverLimit over) {
    return over != null && over.action() == OverLimit.Action.HOLD;
  }

  /** What becomes of records over the limits of a rule; of those that none decided on, if null. */
  OverLimit overLimit(@Nullable RuleJudge rule) {
    OverLimit said = rule == null ? null : rule.rule().overLimit();
    return said == null ? overLimit : said;
  }

  /** Refuses to hold records whose bytes nobody can write. */
  void mustNotHold() {
    if (holds) {
      throw new IllegalStateException(
          "limiter \""
              + name
              + "\" holds records over their limit, which are written to a store: put it in with"
              + " Headgate.apply(stream, limiter, keys, values) or Headgate.split(stream, limiter,"
              + " keys, values), which know the serdes of keys and values");
    }
  }

  /** Refuses what an operator that stands alone in a stream cannot do. */
  void mustPassByThemselves() {
    if (!rules.key().isRecordKey()) {
      throw new IllegalStateException(
          "limiter \""
              + name
              + "\" limits by "
              + rules.key()
              + ", which is not the record key: put it in with Headgate.apply(...) or"
              + " Headgate.split(...), which repartition");
    }
    mustNotHold();
    mustNotRoute(LimitSpec.DEFAULT, overLimit);
    rules.rules().forEach(rule -> mustNotRoute(rule.name(), rule.overLimit()));
    live.mayNotRoute();
  }

  private void mustNotRoute(String rule, @Nullable OverLimit over) {
    if (over != null && over.action() == OverLimit.Action.ROUTE) {
      throw new IllegalStateException(
          "limiter \""
              + name
              + "\": rule "
              + rule
              + " routes blocked records to topic "
              + over.topic()
              + ": put it in with Headgate.apply(...), or take a branch of Headgate.split(...)");
    }
  }

  /** The fingerprints of this limiter's keys, in this application; each rule derives its own. */
  KeyHasher hasher(String applicationId) {
    String seed = hashSeed == null ? applicationId : hashSeed;
    return KeyHasher.seeded(seed).derive(name);
  }
}
