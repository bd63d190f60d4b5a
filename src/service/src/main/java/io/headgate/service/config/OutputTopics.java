package io.headgate.service.config;

import org.jspecify.annotations.Nullable;

/**
 * Topics where records go that pass: one for all, or one for each source.
 *
 * @param topic the one for all; or null
 * @param prefix of the name of each source's own
 * @param suffix of the name of each source's own
 */
public record OutputTopics(@Nullable String topic, String prefix, String suffix) {

  /**
   * Finds the topic for records of a source.
   *
   * @param source the source topic
   * @return the output topic
   */
  public String of(String source) {
    return topic == null ? prefix + source + suffix : topic;
  }
}
