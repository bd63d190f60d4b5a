package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes conditions on a record's topic, key, headers and value.
 *
 * <p>A pattern is one of {@code java.util.regex} and must match all of the text. A text that is not
 * there, because the record has no such header for example, matches nothing. Topics, and the
 * beginning of keys that are text or bytes, are looked at without an object; a header or a field is
 * made a text for each look.
 */
public final class Conditions {

  private Conditions() {}

  /**
   * Makes the condition that all records meet.
   *
   * @return the condition
   */
  public static Condition always() {
    return ConditionKinds.Always.ALWAYS;
  }

  /**
   * Asks for records of topics by name.
   *
   * @param name a topic
   * @param more others
   * @return the condition
   */
  public static Condition topic(String name, String... more) {
    return new ConditionKinds.Topic(TextTest.is(name, more));
  }

  /**
   * Asks for records of topics whose names begin so.
   *
   * @param prefix beginning of the name
   * @return the condition
   */
  public static Condition topicPrefix(String prefix) {
    return new ConditionKinds.Topic(TextTest.prefix(prefix));
  }

  /**
   * Asks for records of topics whose names match.
   *
   * @param pattern of the whole name
   * @return the condition
   * @throws IllegalArgumentException if it is no pattern
   */
  public static Condition topicPattern(String pattern) {
    return new ConditionKinds.TopicPattern(TextTest.pattern(pattern));
  }

  /**
   * Asks for records with one of these keys.
   *
   * @param text a key, as {@link RecordView#keyText} has it
   * @param more others
   * @return the condition
   */
  public static Condition keyIs(String text, String... more) {
    return new ConditionKinds.Key(TextTest.is(text, more));
  }

  /**
   * Asks for records whose keys begin so.
   *
   * @param prefix beginning of the key
   * @return the condition
   */
  public static Condition keyPrefix(String prefix) {
    return new ConditionKinds.Key(TextTest.prefix(prefix));
  }

  /**
   * Asks for records whose keys match.
   *
   * @param pattern of the whole key
   * @return the condition
   * @throws IllegalArgumentException if it is no pattern
   */
  public static Condition keyPattern(String pattern) {
    return new ConditionKinds.Key(TextTest.pattern(pattern));
  }

  /**
   * Asks for records whose keys are IP addresses of these subnets. Nothing but the text is looked
   * at, no name is ever resolved; a key that is no address is in none. An IPv6 address that stands
   * for an IPv4 one ({@code ::ffff:10.0.0.1}) is that one.
   *
   * @param subnet such as {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or one address
   * @param more others
   * @return the condition
   * @throws IllegalArgumentException if one is no subnet
   */
  public static Condition keyCidr(String subnet, String... more) {
    List<Subnet> subnets = new ArrayList<>();
    subnets.add(Subnet.parse(subnet));
    for (String another : more) {
      subnets.add(Subnet.parse(another));
    }
    return new ConditionKinds.Cidr(subnets);
  }

  /**
   * Asks for records with a header of one of these values.
   *
   * @param name the header's name; the last one of that name counts
   * @param text a value
   * @param more others
   * @return the condition
   */
  public static Condition headerIs(String name, String text, String... more) {
    return new ConditionKinds.HeaderValue(name, TextTest.is(text, more));
  }

  /**
   * Asks for records with a header whose value begins so.
   *
   * @param name the header's name; the last one of that name counts
   * @param prefix beginning of the value
   * @return the condition
   */
  public static Condition headerPrefix(String name, String prefix) {
    return new ConditionKinds.HeaderValue(name, TextTest.prefix(prefix));
  }

  /**
   * Asks for records with a header whose value matches.
   *
   * @param name the header's name; the last one of that name counts
   * @param pattern of the whole value
   * @return the condition
   * @throws IllegalArgumentException if it is no pattern
   */
  public static Condition headerPattern(String name, String pattern) {
    return new ConditionKinds.HeaderValue(name, TextTest.pattern(pattern));
  }

  /**
   * Asks for records with a header, whatever its value.
   *
   * @param name the header's name
   * @return the condition
   */
  public static Condition headerPresent(String name) {
    return new ConditionKinds.HeaderPresent(name);
  }

  /**
   * Asks for records with a field of one of these values.
   *
   * @param pointer a JSON pointer into the value, such as {@code /user/id}
   * @param text a value, as {@link RecordView#field} has it
   * @param more others
   * @return the condition
   * @throws IllegalArgumentException if it is no pointer
   */
  public static Condition fieldIs(String pointer, String text, String... more) {
    return new ConditionKinds.FieldValue(pointer(pointer), TextTest.is(text, more));
  }

  /**
   * Asks for records with a field whose text begins so.
   *
   * @param pointer a JSON pointer into the value, such as {@code /user/id}
   * @param prefix beginning of the text
   * @return the condition
   * @throws IllegalArgumentException if it is no pointer
   */
  public static Condition fieldPrefix(String pointer, String prefix) {
    return new ConditionKinds.FieldValue(pointer(pointer), TextTest.prefix(prefix));
  }

  /**
   * Asks for records with a field whose text matches.
   *
   * @param pointer a JSON pointer into the value, such as {@code /user/id}
   * @param pattern of the whole text
   * @return the condition
   * @throws IllegalArgumentException if it is no pointer or no pattern
   */
  public static Condition fieldPattern(String pointer, String pattern) {
    return new ConditionKinds.FieldValue(pointer(pointer), TextTest.pattern(pattern));
  }

  /**
   * Asks for records with a field that is not JSON's null, be it an object or an array.
   *
   * @param pointer a JSON pointer into the value, such as {@code /user/id}
   * @return the condition
   * @throws IllegalArgumentException if it is no pointer
   */
  public static Condition fieldPresent(String pointer) {
    return new ConditionKinds.FieldPresent(pointer(pointer));
  }

  /**
   * Asks for records that meet all of these conditions.
   *
   * @param conditions one or more, asked in this order until one fails
   * @return the condition; if there is one alone, that one
   * @throws IllegalArgumentException if there is none
   */
  public static Condition allOf(Condition... conditions) {
    return allOf(List.of(conditions));
  }

  static Condition allOf(List<Condition> conditions) {
    notEmpty("all", conditions);
    return conditions.size() == 1 ? conditions.get(0) : new ConditionKinds.All(conditions);
  }

  /**
   * Asks for records that meet any of these conditions.
   *
   * @param conditions one or more, asked in this order until one holds
   * @return the condition; if there is one alone, that one
   * @throws IllegalArgumentException if there is none
   */
  public static Condition anyOf(Condition... conditions) {
    return anyOf(List.of(conditions));
  }

  static Condition anyOf(List<Condition> conditions) {
    notEmpty("any", conditions);
    return conditions.size() == 1 ? conditions.get(0) : new ConditionKinds.Any(conditions);
  }

  /**
   * Asks for records that do not meet a condition.
   *
   * @param condition the other one
   * @return the condition
   */
  public static Condition not(Condition condition) {
    return new ConditionKinds.Not(condition);
  }

  /** A JSON pointer, or an error of one line. */
  static JsonPointer pointer(String text) {
    try {
      return JsonPointer.compile(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "pointer \"" + text + "\": expected a JSON pointer, such as /user/id", e);
    }
  }

  private static void notEmpty(String what, List<Condition> conditions) {
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException(what + " of no conditions: expected one or more");
    }
  }
}
