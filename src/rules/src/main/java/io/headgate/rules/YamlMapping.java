package io.headgate.rules;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a mapping of a YAML file has under the keys that it may have.
 *
 * @param values by their keys, in the order of the file
 * @param whole false if it has other keys too, or one twice: then what it lacks is no news
 */
record YamlMapping(Map<String, YamlAt> values, boolean whole) {

  @Nullable YamlAt get(String key) {
    return values.get(key);
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  Set<String> keys() {
    return values.keySet();
  }
}
