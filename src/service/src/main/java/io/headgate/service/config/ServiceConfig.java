package io.headgate.service.config;

import io.headgate.streams.NoKeyPolicy;
import io.headgate.streams.TimeSource;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the service does, as {@link ServiceFile} has read it. Immutable.
 *
 * @param file where it stands
 * @param application id of the application in Kafka, and the name of its limiter: 1 to 100 letters,
 *     digits, {@code . _ -}
 * @param kafka every setting of Kafka's
 * @param sources topics whose records are limited
 * @param output topics where records go that pass
 * @param blocked the topic that tells of records that are blocked, and how
 * @param rules which record falls under which limit
 * @param limits compacted topic of limits that change while it runs; null for none
 * @param maxKeys keys that a task remembers at a time, 1 to 2^30
 * @param time what time records are judged at
 * @param noKey what becomes of records without a key
 * @param hashSeed seed of the keys' fingerprints; null for the application's id
 * @param createTopics how topics that are missing are made; null if they are an error
 * @param analytics what is rolled up of blocked records; null for nothing
 * @param http what is shown over HTTP; null for nothing
 * @param warnings what is allowed and may not be meant, a line each
 */
public record ServiceConfig(
    Path file,
    String application,
    KafkaSettings kafka,
    SourceTopics sources,
    OutputTopics output,
    BlockedTopic blocked,
    RulesChoice rules,
    @Nullable String limits,
    int maxKeys,
    TimeSource time,
    NoKeyPolicy noKey,
    @Nullable String hashSeed,
    @Nullable CreateTopics createTopics,
    @Nullable AnalyticsConfig analytics,
    @Nullable HttpConfig http,
    List<String> warnings) {}
