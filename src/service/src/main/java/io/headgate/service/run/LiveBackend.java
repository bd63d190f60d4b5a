package io.headgate.service.run;

import io.headgate.RateLimit;
import io.headgate.lane.TopKey;
import io.headgate.rules.LimitOverrides;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.service.analytics.KeyHistory;
import io.headgate.service.analytics.ReportReader;
import io.headgate.service.analytics.Rollup;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.UserError;
import io.headgate.service.config.Version;
import io.headgate.service.http.Backend;
import io.headgate.service.http.BackendException;
import io.headgate.service.http.BackendException.Kind;
import io.headgate.service.http.DayReport;
import io.headgate.service.http.Health;
import io.headgate.service.http.Instance;
import io.headgate.service.http.KeyBlocks;
import io.headgate.service.http.KeyReset;
import io.headgate.service.http.KeyState;
import io.headgate.service.http.LimitEntry;
import io.headgate.service.http.ServiceInfo;
import io.headgate.service.http.Snapshot;
import io.headgate.service.http.TopBlocked;
import io.headgate.service.kafka.BrokerException;
import io.headgate.service.kafka.LimitValue;
import io.headgate.service.kafka.LimitsTable;
import io.headgate.service.kafka.RootMessage;
import io.headgate.streams.KeyUsage;
import io.headgate.streams.LimiterView;
import io.headgate.streams.LiveRules;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;

/** What the service tells over HTTP, asked of its parts. Safe for any thread. */
final class LiveBackend implements Backend {

  private static final long RESET_SECONDS = 10;
  private static final String TOPIC_OFF =
      "The service follows no topic of limits: limits: TOPIC in its file.";

  private final ServiceConfig config;
  private final LiveRules rules;
  private final KafkaStreams streams;
  private final LimiterView view;
  private final Supplier<Health> health;
  private final Supplier<Snapshot> figures;
  private final HostInfo self;
  private final long started = System.currentTimeMillis();

  LiveBackend(
      ServiceConfig config,
      LiveRules rules,
      KafkaStreams streams,
      Supplier<Health> health,
      Supplier<Snapshot> figures,
      HostInfo self) {
    this.config = config;
    this.rules = rules;
    this.streams = streams;
    this.view = LimiterView.of(streams, config.application());
    this.health = health;
    this.figures = figures;
    this.self = self;
  }

  @Override
  public ServiceInfo info() {
    return new ServiceInfo(
        config.application(),
        Version.TEXT,
        text(self),
        config.sources().pattern() == null
            ? config.sources().names()
            : List.of(config.sources().toString()),
        config.output().of("*"),
        config.blocked().topic(),
        config.limits(),
        config.analytics() != null,
        zone().getId(),
        started);
  }

  private ZoneId zone() {
    return config.analytics() == null ? ZoneId.of("UTC") : config.analytics().zone();
  }

  @Override
  public Health health() {
    return health.get();
  }

  @Override
  public Snapshot snapshot() {
    return figures.get();
  }

  // ------------------------------------------------------------------ keys

  /** Where a key's windows are: keys are bytes on the topic that the limiter reads. */
  private record Owner(boolean here, String address, int partition) {}

  private Owner owner(byte[] key) {
    KeyQueryMetadata where =
        streams.queryMetadataForKey(
            config.application() + "-windows", key, new ByteArraySerializer());
    // A partition that is nobody's just now has a host of its own, which is none.
    if (where == null || where.activeHost().equals(HostInfo.unavailable())) {
      throw moving();
    }
    HostInfo host = where.activeHost();
    return new Owner(host.equals(self), text(host), where.partition());
  }

  private static String text(HostInfo host) {
    return HttpAddress.text(host.host(), host.port());
  }

  private static BackendException moving() {
    return new BackendException(
        Kind.NOT_READY, "Partitions are on their way to another instance; ask again.");
  }

  /** Asks here, with the partition that the key should have, or says who has the key. */
  private <T> T ofKey(
      String key, BiFunction<byte[], Integer, T> here, Function<String, T> elsewhere) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    try {
      Owner owner = owner(bytes);
      return owner.here() ? here.apply(bytes, owner.partition()) : elsewhere.apply(owner.address());
    } catch (InvalidStateStoreException e) {
      throw moving();
    }
  }

  @Override
  public KeyState usage(String key) {
    return ofKey(
        key,
        (bytes, partition) -> new KeyState(key, true, text(self), usages(peek(bytes, partition))),
        owner -> new KeyState(key, false, owner, List.of()));
  }

  /** Of all tasks, since a producer may have a partitioner of its own. */
  private List<KeyUsage> peek(byte[] key, int partition) {
    List<KeyUsage> all = view.peek(key);
    return all.stream().anyMatch(KeyUsage::known)
        ? all
        // No task here knows it: the one that should may be on its way.
        : view.withPartition(partition).peek(key);
  }

  private List<KeyState.LimitUsage> usages(List<KeyUsage> of) {
    RuleSet now = rules.rules();
    List<KeyState.LimitUsage> usages = new ArrayList<>();
    for (KeyUsage each : of) {
      usages.add(
          new KeyState.LimitUsage(
              each.rule(),
              text(each),
              now.shadow() || isShadow(now, each.rule()),
              each.limit(),
              each.used(),
              each.remaining(),
              each.windowMillis(),
              each.resetMillis(),
              each.retryAfterMillis()));
    }
    return usages;
  }

  private static String text(KeyUsage usage) {
    Duration window = Duration.ofMillis(usage.windowMillis());
    return new RateLimit(usage.limit(), window, 1, RateLimit.Mode.STRICT).text();
  }

  private static boolean isShadow(RuleSet rules, String name) {
    return rules.rules().stream().filter(rule -> rule.name().equals(name)).anyMatch(Rule::shadow);
  }

  @Override
  public KeyReset reset(String key) {
    return ofKey(
        key,
        (bytes, partition) -> new KeyReset(true, text(self), reset(bytes, partition)),
        owner -> new KeyReset(false, owner, 0));
  }

  private int reset(byte[] key, int partition) {
    int limits = await(view.reset(key));
    return limits > 0 ? limits : await(view.withPartition(partition).reset(key));
  }

  private static int await(CompletionStage<Integer> reset) {
    try {
      return reset.toCompletableFuture().get(RESET_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException(Kind.NOT_READY, "The service ends.");
    } catch (TimeoutException e) {
      throw new BackendException(
          Kind.NOT_READY, "The task has not come to it in time; look at the key, and ask again.");
    } catch (ExecutionException | CompletionException e) {
      if (e.getCause() instanceof InvalidStateStoreException) {
        throw moving();
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public TopBlocked top(int n) {
    try {
      return new TopBlocked(
          view.topCovers().toMillis(), entries(view.topBlocked(n)), entries(view.topShadow(n)));
    } catch (InvalidStateStoreException e) {
      throw moving();
    }
  }

  private static List<TopBlocked.Entry> entries(List<TopKey> keys) {
    return keys.stream()
        .map(
            key ->
                new TopBlocked.Entry(
                    key.rule(), key.key(), key.keyForm().name(), key.estimate(), key.lowerBound()))
        .toList();
  }

  // ------------------------------------------------------------------ limits

  private LimitsTable table() {
    if (config.limits() == null) {
      throw new BackendException(Kind.OFF, TOPIC_OFF);
    }
    return new LimitsTable(config.kafka(), config.limits());
  }

  /** Answers of brokers, as those who ask are to see them. */
  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (UserError e) {
      throw new BackendException(Kind.REFUSED, String.valueOf(e.getMessage()));
    } catch (BrokerException | KafkaException e) {
      throw new BackendException(Kind.NOT_READY, RootMessage.of(e));
    }
  }

  @Override
  public List<LimitEntry> limits() {
    LimitsTable table = table();
    SortedMap<String, String> entries = asking(table::read);
    List<LimitEntry> list = new ArrayList<>();
    entries.forEach(
        (entry, value) -> {
          List<String> limits = LimitValue.limits(value);
          list.add(new LimitEntry(entry, limits == null ? List.of(value) : limits));
        });
    return list;
  }

  @Override
  public void setLimit(LimitEntry entry) {
    LimitsTable table = table();
    asking(
        () -> {
          String value = LimitValue.of(entry.limits());
          String refusal = LimitOverrides.none(rules.rules()).with(entry.entry(), value).refusal();
          if (refusal != null) {
            throw new BackendException(Kind.REFUSED, refusal);
          }
          table.put(entry.entry(), value);
          return null;
        });
  }

  @Override
  public boolean removeLimit(String entry) {
    LimitsTable table = table();
    return asking(
        () -> {
          if (!table.read().containsKey(entry)) {
            return false;
          }
          table.put(entry, null);
          return true;
        });
  }

  // ------------------------------------------------------------------ analytics

  @Override
  public KeyBlocks blocks(String key, Duration back) {
    Instant from = Instant.now().minus(back);
    return asking(
        () -> {
          KeyHistory history =
              KeyHistory.read(config.kafka(), config.blocked().topic(), key, from, Instant.now());
          return new KeyBlocks(
              key,
              history.from(),
              history.stepMillis(),
              history.blocked(),
              history.shadowBlocked(),
              history.complete());
        });
  }

  @Override
  public DayReport report(LocalDate day) {
    if (config.analytics() == null) {
      throw new BackendException(
          Kind.OFF, "The service keeps no figures of days: analytics in its file is off.");
    }
    return asking(
        () ->
            DayReports.of(
                new ReportReader(config.kafka(), Rollup.topic(config.application())).scan(),
                day,
                zone()));
  }

  @Override
  public List<Instance> instances() {
    return Instances.of(streams, self);
  }
}
