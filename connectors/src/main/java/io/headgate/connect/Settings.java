package io.headgate.connect;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.EventKey;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** What an instance's options say, read and checked. Immutable. */
final class Settings {

  /** The one rule that there is. */
  static final String RULE = "default";

  private static final String DEFAULT_NAME = "connect";

  final String name;
  final List<RateLimit> limits;
  final Place key;
  final Cost cost;
  final boolean blockKeyless;
  final boolean shadow;
  final boolean wallClock;
  final long maxFutureMillis;
  final boolean shared;
  final int maxKeys;
  final KeyHasher hasher;
  final @Nullable String blockedTopic;
  final EventKey eventKey;

  /** Null without a blocked topic. */
  final @Nullable Map<String, Object> producer;

  private final @Nullable String seed;

  /**
   * Reads options and checks them: each by itself, all together, and that every one is an option.
   *
   * @param def what there is to set
   * @param configs as Connect gives them
   * @throws ConfigException if any is wrong, in one line
   */
  static AbstractConfig read(ConfigDef def, Map<String, ?> configs) {
    OptionChecks.known(def, configs);
    AbstractConfig config = new AbstractConfig(def, configs, false);
    OptionChecks.together(new HashMap<>(config.values())).values().stream()
        .sorted()
        .findFirst()
        .ifPresent(
            problem -> {
              throw new ConfigException(problem);
            });
    return config;
  }

  /**
   * Takes over options.
   *
   * @param config what {@link #read} has checked
   * @param part what fields are of
   * @throws ConfigException if the producer's settings are wrong, in one line
   */
  Settings(AbstractConfig config, Place.Part part) {
    String named = config.getString(Options.NAME);
    name = named == null ? DEFAULT_NAME : named;
    Mode mode = Mode.parse(config.getString(Options.MODE));
    Integer buckets = config.getInt(Options.BUCKETS);
    limits =
        config.getList(Options.LIMITS).stream()
            .map(RateLimit::parse)
            .map(limit -> buckets == null ? limit : limit.withBuckets(buckets))
            .map(limit -> limit.withMode(mode))
            .toList();
    key = Place.parse(config.getString(Options.KEY), part);
    cost = Cost.parse(config.getString(Options.COST), part, config.getLong(Options.COST_DEFAULT));
    blockKeyless = config.getString(Options.NO_KEY_POLICY).equals("block");
    shadow = config.getBoolean(Options.SHADOW);
    wallClock = config.getString(Options.TIME).equals("wall-clock");
    Long future = config.getLong(Options.MAX_FUTURE_MS);
    maxFutureMillis =
        future != null
            ? future
            : limits.stream().mapToLong(RateLimit::windowMillis).max().orElseThrow();
    shared = config.getString(Options.SCOPE).equals("worker");
    maxKeys = config.getInt(Options.MAX_KEYS);
    Password secret = config.getPassword(Options.HASH_SEED);
    seed = secret == null ? null : secret.value();
    hasher = KeyHasher.seeded(seed == null ? name : seed);
    blockedTopic = config.getString(Options.BLOCKED_TOPIC);
    eventKey = EventKey.valueOf(config.getString(Options.EVENT_KEY).toUpperCase(Locale.ROOT));
    producer = blockedTopic == null ? null : producer(config);
  }

  private static Map<String, Object> producer(AbstractConfig config) {
    Map<String, Object> producer = new HashMap<>();
    producer.put(ProducerConfig.ACKS_CONFIG, "all");
    producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    producer.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    producer.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // The lane's thread waits for a topic that is not there; nothing else does.
    producer.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
    producer.putAll(config.originalsWithPrefix(Options.PRODUCER));
    producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    try {
      ProducerConfig unused = new ProducerConfig(producer);
    } catch (ConfigException e) {
      throw new ConfigException(Options.PRODUCER + "*: " + e.getMessage());
    }
    return producer;
  }

  /** What instances must agree on to share a limiter, as text. */
  String sharedText() {
    return "limits "
        + limits
        + ", max.keys "
        + maxKeys
        + ", time "
        + (wallClock ? "wall-clock" : "event")
        + (seed == null ? "" : ", a hash.seed");
  }

  boolean sharesWith(Settings other) {
    return limits.equals(other.limits)
        && maxKeys == other.maxKeys
        && wallClock == other.wallClock
        && (seed == null ? other.seed == null : seed.equals(other.seed));
  }
}
