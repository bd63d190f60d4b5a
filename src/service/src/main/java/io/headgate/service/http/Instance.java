package io.headgate.service.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instance of the application.
 *
 * @param name of it, such as its host and port
 * @param self true if it is this one
 * @param state of its Kafka Streams; null of others
 * @param partitions that it works on, as {@code topic-partition}
 * @param standby partitions whose windows it keeps a copy of
 * @param lag records of its partitions that it has yet to read; null if it is not known
 */
public record Instance(
    String name,
    boolean self,
    @Nullable String state,
    List<String> partitions,
    List<String> standby,
    @Nullable Long lag) {}
