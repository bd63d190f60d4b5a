package io.headgate.service.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headgate.RateLimit;
import io.headgate.rules.LimitOverrides;
import io.headgate.rules.RuleSet;
import io.headgate.service.config.UserError;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The value of an entry on the topic of limits: {@code {"limits":["20/1s"]}}. Stateless. */
public final class LimitValue {

  private static final JsonMapper JSON = new JsonMapper();

  private LimitValue() {}

  /**
   * Makes the value of limits.
   *
   * @param limits each UNITS/WINDOW, and of a window of its own
   * @return the value
   * @throws UserError if one of them is none
   */
  public static String of(List<String> limits) {
    ObjectNode value = JsonNodeFactory.instance.objectNode();
    ArrayNode list = value.putArray("limits");
    Map<Duration, String> windows = new HashMap<>();
    for (String limit : limits) {
      Duration window;
      try {
        window = RateLimit.parse(limit).window();
      } catch (IllegalArgumentException e) {
        throw new UserError(String.valueOf(e.getMessage()));
      }
      String earlier = windows.putIfAbsent(window, limit);
      if (earlier != null) {
        throw new UserError(
            "limits " + earlier + " and " + limit + ": expected limits of different windows");
      }
      list.add(limit);
    }
    return value.toString();
  }

  /**
   * Says why an entry does not fit rules.
   *
   * @param rules whose limits are changed; null if they are not known
   * @param entry what it is for
   * @param value its value
   * @return null if it fits, or the rules are not known
   */
  public static @Nullable String refusal(@Nullable RuleSet rules, String entry, String value) {
    return rules == null ? null : LimitOverrides.none(rules).with(entry, value).refusal();
  }

  /**
   * Shows a value as a user writes it.
   *
   * @param value the value; null for none
   * @return its limits; the value itself if it is of another form
   */
  public static String shown(@Nullable String value) {
    if (value == null) {
      return "nothing";
    }
    List<String> limits = limits(value);
    return limits == null ? value : String.join(" ", limits);
  }

  /**
   * Reads the limits in a value.
   *
   * @param value the value
   * @return each as UNITS/WINDOW; null if the value is of another form
   */
  public static @Nullable List<String> limits(String value) {
    try {
      JsonNode list = JSON.readTree(value).path("limits");
      if (!list.isArray() || list.isEmpty()) {
        return null;
      }
      return list.valueStream().map(JsonNode::asText).toList();
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
