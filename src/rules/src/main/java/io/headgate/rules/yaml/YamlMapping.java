package io.headgate.rules.yaml;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a mapping of a YAML file has under the keys that it may have.
 *
 * @param values by their keys, in the order of the file
 * @param whole false if it has other keys too, or one twice: then what it lacks is no news
 */
public record YamlMapping(Map<String, YamlAt> values, boolean whole) {

  /**
   * Looks a key up.
   *
   * @param key one that the mapping may have
   * @return what it has there, or null
   */
  public @Nullable YamlAt get(String key) {
    return values.get(key);
  }

  /**
   * Says whether the mapping has a key.
   *
   * @param key one that it may have
   * @return true if it does
   */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /**
   * Returns the keys that it has.
   *
   * @return keys in the order of the file
   */
  public Set<String> keys() {
    return values.keySet();
  }
}
