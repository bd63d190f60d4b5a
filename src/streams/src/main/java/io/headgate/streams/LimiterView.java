package io.headgate.streams;

import io.headgate.lane.Lane;
import io.headgate.lane.TopKey;
import io.headgate.lane.TopKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a limiter while it runs: what a key has used of each limit, and which keys are blocked
 * most; and resets keys.
 *
 * <p>It sees the tasks of one {@code KafkaStreams} object. A key is known where its partition is
 * processed: {@code KafkaStreams.queryMetadataForKey(limiter + "-windows", key, serializer)} says
 * on which instance. Each answer asks for the tasks anew, so one view serves for the life of the
 * application; while tasks move, or are restored, the answer is an {@link
 * InvalidStateStoreException}, as that of any store of Kafka Streams: ask again. A task that has
 * left one stream thread and is not on the next one yet is nowhere, although Kafka Streams may say
 * {@code RUNNING} meanwhile: to a view of all tasks its keys are unknown, {@link #withPartition}
 * tells one from the other.
 *
 * <p>Safe for any thread; the stream threads neither wait for it nor do anything for it but resets.
 * A stream thread must not wait for a reset: it would wait for itself.
 */
public final class LimiterView {

  /**
   * Gives the stores of the tasks that are here, or of one partition's alone; with those that do
   * not run, if it is true.
   */
  interface Tasks {
    List<RateLimitStore> stores(@Nullable Integer partition, boolean stale);
  }

  private final Tasks tasks;
  private final @Nullable Integer partition;
  private final boolean stale;
  private final @Nullable String className;
  private final StoreReader reader;
  private final LongSupplier clock;

  /** What the rules said when they were last looked at. */
  private volatile @Nullable CurrentUnits units;

  LimiterView(
      Tasks tasks,
      @Nullable Integer partition,
      boolean stale,
      @Nullable String className,
      StoreReader reader,
      LongSupplier clock) {
    this.tasks = tasks;
    this.partition = partition;
    this.stale = stale;
    this.className = className;
    this.reader = reader;
    this.clock = clock;
  }

  /**
   * Looks into a limiter of an application.
   *
   * @param streams the application, started or not yet
   * @param limiter the limiter's name: {@code headgate}, unless it has another
   * @return the view
   */
  public static LimiterView of(KafkaStreams streams, String limiter) {
    Objects.requireNonNull(streams, "streams");
    String store = LimiterSettings.storeName(limiter);
    return new LimiterView(
        (partition, stale) -> LimiterStores.of(streams, store, partition, stale),
        null,
        false,
        null,
        new StoreReader(),
        System::currentTimeMillis);
  }

  /**
   * Looks also into standbys, and into tasks that are being restored: what {@link #peek} says is as
   * old as what was read of the changelog. Nothing is different for the other methods.
   *
   * @return another view of the same limiter
   */
  public LimiterView withStandbys() {
    return new LimiterView(tasks, partition, true, className, reader, clock);
  }

  /**
   * Looks into the task of one partition alone: while it is not here, every answer is an {@link
   * InvalidStateStoreException}, and no key is taken for one that has used nothing. Which partition
   * a key has {@code KafkaStreams.queryMetadataForKey} says.
   *
   * @param newPartition the partition of the topic that the limiter reads
   * @return another view of the same limiter
   */
  public LimiterView withPartition(int newPartition) {
    return new LimiterView(tasks, newPartition, stale, className, reader, clock);
  }

  /**
   * Has {@link #peek} say what keys have whose records are of a class, where rules have limits by
   * class: a key alone does not tell.
   *
   * @param newClassName name of the class
   * @return another view of the same limiter
   */
  public LimiterView withClass(String newClassName) {
    return new LimiterView(
        tasks, partition, stale, Objects.requireNonNull(newClassName, "className"), reader, clock);
  }

  /**
   * Says what a key has used, without changing anything: as of now, by the limiter's own time. That
   * is the wall clock with {@link TimeSource#WALL_CLOCK}; with {@link TimeSource#EVENT} the latest
   * time of any record that the task has judged, or the beginning of the key's newest bucket if
   * that is later.
   *
   * @param key the limit key, of the type that the limiter sees: text, bytes, a number, a UUID; of
   *     another type if the limiter has a {@code keySerde}, else the bytes that it is on its topic
   * @return one of each limit of each rule, of one moment; a key that no task knows has used
   *     nothing
   * @throws InvalidStateStoreException if the tasks are not there, or not to be read now: ask again
   * @throws IllegalArgumentException if the key's type needs a serde that the limiter does not have
   */
  public List<KeyUsage> peek(Object key) {
    return peek(key, null);
  }

  /**
   * Says what a key will have used at a time, if nothing else comes: what a record of that time
   * would find. As {@link #peek}.
   *
   * @param key the limit key
   * @param timeMillis the time, milliseconds since the epoch; one before the key's newest bucket
   *     counts as that
   * @return one of each limit of each rule, of one moment
   * @throws InvalidStateStoreException if the tasks are not there, or not to be read now: ask again
   * @throws IllegalArgumentException if the key's type needs a serde that the limiter does not have
   */
  public List<KeyUsage> peekAt(Object key, long timeMillis) {
    return peek(key, timeMillis);
  }

  private List<KeyUsage> peek(Object key, @Nullable Long time) {
    InvalidStateStoreException unread = null;
    List<KeyUsage> best = null;
    for (RateLimitStore store : tasks.stores(partition, stale)) {
      try {
        List<KeyUsage> usage = peek(store, bytes(store.settings(), key), time);
        if (best == null || weight(usage) > weight(best)) {
          best = usage;
        }
      } catch (InvalidStateStoreException e) {
        unread = e;
      }
    }
    if (unread != null && (best == null || weight(best) == 0)) {
      // It may be just there that the key is known.
      throw unread;
    }
    return Objects.requireNonNull(best, "Kafka Streams gives stores, or throws");
  }

  /**
   * By how much a task knows a key: one more than the units used. Of a stream that is not
   * partitioned by its key, several do.
   */
  private static long weight(List<KeyUsage> usage) {
    return usage.stream()
        .filter(KeyUsage::known)
        .mapToLong(each -> Math.min(each.used(), Long.MAX_VALUE / 1_024) + 1)
        .sum();
  }

  private List<KeyUsage> peek(RateLimitStore store, byte[] key, @Nullable Long time) {
    LimiterSettings settings = store.settings();
    KeyWindows windows = reader.read(store, key, stale);
    // After the windows: a limit that was raised meanwhile is not below what was used by it.
    CurrentUnits now = units(store, settings.live.state());
    long asOf =
        time != null
            ? time
            : settings.time == TimeSource.WALL_CLOCK ? clock.getAsLong() : windows.streamTime();
    return windows.usage(now, className, asOf);
  }

  private CurrentUnits units(RateLimitStore store, RulesState state) {
    CurrentUnits now = units;
    if (now == null || !now.isOf(state)) {
      now = new CurrentUnits(state, store.settings().limits, store.hasher());
      units = now;
    }
    return now;
  }

  /**
   * Forgets what a key has used of all limits of all rules; see {@link #reset(Object, String)}.
   *
   * @param key the limit key, as for {@link #peek}
   * @return of how many limits the key had a row; 0 if no task of this instance knows it
   * @throws InvalidStateStoreException if the tasks are not there now: ask again
   * @throws IllegalArgumentException if the key's type needs a serde that the limiter does not have
   */
  public CompletionStage<Integer> reset(Object key) {
    return reset(key, settings -> null);
  }

  /**
   * Forgets what a key has used of the limits of one rule. The task that owns the key does it
   * before its next record or its next commit, or within a second if neither comes and the
   * application is not paused. Its next record finds an empty window; its clock stays where it is,
   * and what was reported of it is sent. It is on the changelog with the task's next commit: if the
   * task fails before that, the reset is taken back with all else since the last commit.
   *
   * @param key the limit key, as for {@link #peek}
   * @param rule the rule's name
   * @return completes when it is done, with the number of limits that the key had a row of; 0 if no
   *     task of this instance knows the key. Fails with an {@link InvalidStateStoreException} if
   *     the task is closed first: ask again
   * @throws InvalidStateStoreException if the tasks are not there now: ask again
   * @throws IllegalArgumentException if there is no such rule, or the key's type needs a serde that
   *     the limiter does not have
   */
  public CompletionStage<Integer> reset(Object key, String rule) {
    Objects.requireNonNull(rule, "rule");
    return reset(
        key,
        settings -> {
          List<String> names = settings.lane.rules();
          if (!names.contains(rule)) {
            throw new IllegalArgumentException(
                "limiter " + settings.name + ": no rule " + rule + " to reset, only " + names);
          }
          return rule;
        });
  }

  private CompletionStage<Integer> reset(Object key, RuleOf ruleOf) {
    List<CompletableFuture<Integer>> asked = new ArrayList<>();
    for (RateLimitStore store : tasks.stores(partition, false)) {
      byte[] bytes = bytes(store.settings(), key);
      @Nullable String rule = ruleOf.rule(store.settings());
      if (reader.read(store, bytes, false).isKnown()) {
        asked.add(store.commands().submit(() -> store.reset(bytes, rule)));
      }
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(all -> asked.stream().mapToInt(CompletableFuture::join).sum());
  }

  /** Says which rule is meant; null for all. */
  private interface RuleOf {
    @Nullable String rule(LimiterSettings settings);
  }

  /**
   * Returns the keys that are blocked most in this instance, in the last 5 to 10 minutes, the most
   * first: see {@link TopKeys}.
   *
   * @param n how many at the most, 0 or more
   * @return none if the limiter was built with {@code topKeys(0)}
   * @throws InvalidStateStoreException if the tasks are not there now: ask again
   */
  public List<TopKey> topBlocked(int n) {
    return top(TopKeys::top, n);
  }

  /**
   * Returns the keys that shadow rules would have blocked most; as {@link #topBlocked}.
   *
   * @param n how many at the most, 0 or more
   * @return none if the limiter was built with {@code topKeys(0)}
   * @throws InvalidStateStoreException if the tasks are not there now: ask again
   */
  public List<TopKey> topShadow(int n) {
    return top(TopKeys::topShadow, n);
  }

  /**
   * Returns how far back {@link #topBlocked} reaches now.
   *
   * @return the longest time that any of the tasks here looks back; nothing at all if none does
   * @throws InvalidStateStoreException if the tasks are not there now: ask again
   */
  public Duration topCovers() {
    Duration covers = Duration.ZERO;
    for (RateLimitStore store : tasks.stores(partition, false)) {
      Lane lane = store.lane();
      if (lane != null && lane.topKeys().covers().compareTo(covers) > 0) {
        covers = lane.topKeys().covers();
      }
    }
    return covers;
  }

  private List<TopKey> top(BiFunction<TopKeys, Integer, List<TopKey>> of, int n) {
    // Tasks whose lanes are one have one of these in common.
    Set<TopKeys> all = Collections.newSetFromMap(new IdentityHashMap<>());
    for (RateLimitStore store : tasks.stores(partition, false)) {
      Lane lane = store.lane();
      if (lane != null) {
        all.add(lane.topKeys());
      }
    }
    Collection<List<TopKey>> answers = new ArrayList<>();
    for (TopKeys each : all) {
      answers.add(of.apply(each, Integer.MAX_VALUE));
    }
    return TopKeys.merge(answers, n);
  }

  private static byte[] bytes(LimiterSettings settings, Object key) {
    KeyReader reader = new KeyReader(settings.name, settings.lane.topic(), serializer(settings));
    reader.read(Objects.requireNonNull(key, "key"));
    return Arrays.copyOf(reader.bytes(), reader.length());
  }

  @SuppressWarnings("unchecked")
  private static Serializer<Object> serializer(LimiterSettings settings) {
    if (settings.keySerde != null) {
      // All stream threads share it already.
      return (Serializer<Object>) settings.keySerde.serializer();
    }
    return (topic, key) -> {
      throw new IllegalArgumentException(
          "limiter "
              + settings.name
              + " has no keySerde(...) for keys of "
              + key.getClass().getName()
              + ": name one, or ask with the key's bytes");
    };
  }
}
