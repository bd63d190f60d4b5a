package io.headgate.service.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs here.
 *
 * @param application its {@code application.id}
 * @param version of Headgate
 * @param instance a name of this instance for people, such as its host and port
 * @param sources topics that are limited, or the pattern of their names
 * @param output where admitted records go, for people
 * @param blockedTopic topic of the events
 * @param limitsTopic topic of the limits that change, null if there is none
 * @param reports true if days are reported
 * @param zone of the days
 * @param started when this instance was started, milliseconds since the epoch
 */
public record ServiceInfo(
    String application,
    String version,
    String instance,
    List<String> sources,
    String output,
    String blockedTopic,
    @Nullable String limitsTopic,
    boolean reports,
    String zone,
    long started) {}
