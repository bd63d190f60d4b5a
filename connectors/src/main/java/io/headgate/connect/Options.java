package io.headgate.connect;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * The options of the transform and the predicate: names, defaults, what they mean. Connect checks
 * them with what stands here, one by one by a validator, and together by a recommender, which is
 * the one thing that Connect shows all options to; see {@link OptionChecks}. Stateless.
 */
final class Options {

  static final String NAME = "name";
  static final String LIMITS = "limits";
  static final String BUCKETS = "buckets";
  static final String MODE = "mode";
  static final String KEY = "key";
  static final String FIELDS_OF = "fields.of";
  static final String NO_KEY_POLICY = "no.key.policy";
  static final String COST = "cost";
  static final String COST_DEFAULT = "cost.default";
  static final String OVER_LIMIT = "over.limit";
  static final String ROUTE_TOPIC = "route.topic";
  static final String SHADOW = "shadow";
  static final String TIME = "time";
  static final String MAX_FUTURE_MS = "max.future.ms";
  static final String SCOPE = "scope";
  static final String MAX_KEYS = "max.keys";
  static final String HASH_SEED = "hash.seed";
  static final String BLOCKED_TOPIC = "blocked.topic";
  static final String EVENT_KEY = "event.key";
  static final String PRODUCER = "blocked.producer.";
  static final String BOOTSTRAP = PRODUCER + "bootstrap.servers";

  static final int MAX_KEYS_BOUND = 1 << 30;

  private static final String WINDOW = "the longest window";

  private Options() {}

  /** What the transform takes. */
  static ConfigDef ofTransform() {
    ConfigDef def = common();
    define(
        def,
        OVER_LIMIT,
        "drop",
        Importance.HIGH,
        "What becomes of a record over its limit: drop (it is gone), tag (it passes, with headers"
            + " headgate-*), or route (it goes to the topic route.topic instead of its own).",
        words("drop", "tag", "route"));
    define(
        def,
        ROUTE_TOPIC,
        null,
        Importance.MEDIUM,
        "Where records over the limit go with over.limit=route.",
        OptionChecks::topic);
    return def;
  }

  /** What the predicate takes. */
  static ConfigDef ofPredicate() {
    ConfigDef def = common();
    define(
        def,
        FIELDS_OF,
        "value",
        Importance.MEDIUM,
        "What field: and regex: of key and cost look into: the record's key or its value.",
        words("key", "value"));
    return def;
  }

  private static ConfigDef common() {
    ConfigDef def = new ConfigDef();
    def.define(
        LIMITS,
        ConfigDef.Type.LIST,
        ConfigDef.NO_DEFAULT_VALUE,
        (name, value) -> OptionChecks.limits(name, value),
        Importance.HIGH,
        "What each key is allowed: UNITS/WINDOW, such as 100/1m, or several of different windows,"
            + " such as 10/1s,500/1h. A record passes only if all admit it.",
        null,
        -1,
        ConfigDef.Width.MEDIUM,
        LIMITS,
        together());
    define(
        def,
        KEY,
        "record",
        Importance.HIGH,
        "What is counted by: record (the record key), field:POINTER, header:NAME, or"
            + " regex:PATTERN (what its first group finds in a text).",
        OptionChecks::key);
    define(
        def,
        COST,
        "1",
        Importance.MEDIUM,
        "Units that a record costs: 1, bytes (of its value), field:POINTER or header:NAME.",
        OptionChecks::cost);
    number(
        def,
        COST_DEFAULT,
        ConfigDef.Type.LONG,
        1L,
        0,
        Long.MAX_VALUE,
        "Units where field or header of cost are missing or no whole number.");
    define(
        def,
        NO_KEY_POLICY,
        "admit",
        Importance.MEDIUM,
        "What becomes of records without a limit key: admit (they pass, uncounted) or block.",
        words("admit", "block"));
    define(
        def,
        MODE,
        "strict",
        Importance.LOW,
        "strict: never more than the limit in any span of the window's length; standard: the full"
            + " steady rate.",
        words("strict", "standard"));
    number(
        def,
        BUCKETS,
        ConfigDef.Type.INT,
        null,
        1,
        io.headgate.RateLimit.MAX_BUCKETS,
        "Parts that each window is kept in; by default the largest number up to 60 that divides"
            + " it in milliseconds.");
    define(
        def,
        TIME,
        "event",
        Importance.MEDIUM,
        "event: the record's timestamp (the wall clock's, if it has none); wall-clock: this"
            + " machine's clock.",
        words("event", "wall-clock"));
    number(
        def,
        MAX_FUTURE_MS,
        ConfigDef.Type.LONG,
        null,
        0,
        Long.MAX_VALUE,
        "How far a timestamp may be ahead of this machine's clock before it is taken as now, in"
            + " milliseconds; by default "
            + WINDOW
            + ".");
    define(
        def,
        SCOPE,
        "task",
        Importance.HIGH,
        "How far a limit holds: task (each task of the connector has its own), or worker (all"
            + " tasks on a worker whose name is the same share one). Connect has no wider scope.",
        words("task", "worker"));
    define(
        def,
        NAME,
        null,
        Importance.MEDIUM,
        "The limiter's name: in events, and of what tasks share with scope=worker.",
        OptionChecks::name);
    def.define(
        SHADOW,
        ConfigDef.Type.BOOLEAN,
        false,
        Importance.MEDIUM,
        "true: a dry run. What would be blocked passes, and is counted and told of as"
            + " SHADOW_BLOCKED.");
    number(
        def,
        MAX_KEYS,
        ConfigDef.Type.INT,
        1_000_000,
        1,
        MAX_KEYS_BOUND,
        "Keys that have windows of their own at a time; further ones share one.");
    def.define(
        HASH_SEED,
        ConfigDef.Type.PASSWORD,
        null,
        Importance.LOW,
        "Seed of the keys' fingerprints: a secret, where keys are chosen by strangers. By default"
            + " the name.");
    define(
        def,
        BLOCKED_TOPIC,
        null,
        Importance.HIGH,
        "The topic of events that tell of blocked records. Without it there are only metrics.",
        OptionChecks::topic);
    define(
        def,
        EVENT_KEY,
        "plain",
        Importance.MEDIUM,
        "How much of a key events show: plain, hashed or none.",
        words("plain", "hashed", "none"));
    def.define(
        BOOTSTRAP,
        ConfigDef.Type.LIST,
        List.of(),
        new ConfigDef.NonNullValidator(),
        Importance.HIGH,
        "Brokers of the blocked topic. Other settings of that producer stand under "
            + PRODUCER
            + " by Kafka's names.",
        null,
        -1,
        ConfigDef.Width.LONG,
        BOOTSTRAP,
        together());
    return def;
  }

  /** A text, with what a validator says of it alone and what is said of all options together. */
  private static void define(
      ConfigDef def,
      String name,
      @Nullable String otherwise,
      Importance importance,
      String doc,
      Validator validator) {
    def.define(
        name,
        ConfigDef.Type.STRING,
        otherwise,
        validator,
        importance,
        doc,
        null,
        -1,
        ConfigDef.Width.MEDIUM,
        name,
        together());
  }

  private static void number(
      ConfigDef def,
      String name,
      ConfigDef.Type type,
      @Nullable Number otherwise,
      long from,
      long to,
      String doc) {
    def.define(
        name,
        type,
        otherwise,
        (option, value) -> OptionChecks.inRange(option, value, from, to),
        Importance.LOW,
        doc,
        null,
        -1,
        ConfigDef.Width.SHORT,
        name,
        together());
  }

  private static Validator words(String... words) {
    return new OneOf(List.of(words));
  }

  /** One of some words, which Connect's documentation shows. */
  private record OneOf(List<String> words) implements Validator {
    @Override
    public void ensureValid(String name, @Nullable Object value) {
      if (value == null || !words.contains(value)) {
        throw OptionChecks.wrong(name, value, String.join(", ", words));
      }
    }

    @Override
    public String toString() {
      return words.toString();
    }
  }

  /** Says of an option what only all of them together show. */
  private static Recommender together() {
    return new Recommender() {
      @Override
      public List<Object> validValues(String name, Map<String, Object> parsed) {
        String problem = OptionChecks.together(parsed).get(name);
        if (problem != null) {
          throw new ConfigException(problem);
        }
        return List.of();
      }

      @Override
      public boolean visible(String name, Map<String, Object> parsed) {
        return true;
      }
    };
  }

  /** Throws what a function has to say against a text as what is wrong with an option. */
  static <T> T checked(String option, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(option + ": " + e.getMessage());
    }
  }
}
