package io.headgate.service.config;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Topics whose records are limited.
 *
 * @param names one or more; none if there is a pattern
 * @param pattern that must match all of a topic's name; or null
 */
public record SourceTopics(List<String> names, @Nullable Pattern pattern) {

  /**
   * Copies the names.
   *
   * @param names one or more; none if there is a pattern
   * @param pattern that must match all of a topic's name; or null
   */
  public SourceTopics {
    names = List.copyOf(names);
  }

  /**
   * Says whether a topic is one of them.
   *
   * @param topic its name
   * @return true if its records are limited
   */
  public boolean contains(String topic) {
    return pattern == null ? names.contains(topic) : pattern.matcher(topic).matches();
  }

  @Override
  public String toString() {
    return pattern == null ? String.join(", ", names) : "pattern " + pattern;
  }
}
