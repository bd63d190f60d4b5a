package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The conditions that {@link Conditions} makes: immutable, equal when they say the same. */
final class ConditionKinds {

  private ConditionKinds() {}

  /** Says whether a condition is sure to hold for every record. */
  static boolean isAlways(Condition condition) {
    if (condition instanceof Any any) {
      return any.parts.stream().anyMatch(ConditionKinds::isAlways);
    }
    if (condition instanceof All all) {
      return all.parts.stream().allMatch(ConditionKinds::isAlways);
    }
    return condition == Always.ALWAYS;
  }

  enum Always implements Condition {
    ALWAYS;

    @Override
    public boolean matches(RecordView view) {
      return true;
    }

    @Override
    public String toString() {
      return "always";
    }
  }

  record Topic(TextTest test) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return test.matches(view.topic());
    }

    @Override
    public String toString() {
      return "topic " + test;
    }
  }

  /** Remembers what it said of a topic: there are few, and to match costs objects. */
  static final class TopicPattern implements Condition {
    private static final int REMEMBERED = 1_000;

    final TextTest test;
    private final ConcurrentHashMap<String, Boolean> known = new ConcurrentHashMap<>();

    TopicPattern(TextTest test) {
      this.test = test;
    }

    @Override
    public boolean matches(RecordView view) {
      String topic = view.topic();
      Boolean said = known.get(topic);
      if (said != null) {
        return said;
      }
      boolean matches = test.matches(topic);
      if (known.size() < REMEMBERED) {
        known.put(topic, matches);
      }
      return matches;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof TopicPattern that && test.equals(that.test);
    }

    @Override
    public int hashCode() {
      return test.hashCode();
    }

    @Override
    public String toString() {
      return "topic " + test;
    }
  }

  record Key(TextTest test) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      if (test.kind() == TextTest.Kind.PREFIX) {
        return view.keyStartsWith(test.first(), test.firstBytes());
      }
      return test.matches(view.keyText());
    }

    @Override
    public String toString() {
      return "key " + test;
    }
  }

  record Cidr(List<Subnet> subnets) implements Condition {
    Cidr {
      subnets = List.copyOf(subnets);
    }

    @Override
    public boolean matches(RecordView view) {
      IpAddress address = view.keyAddress();
      if (address == null) {
        return false;
      }
      for (int i = 0; i < subnets.size(); i++) {
        if (subnets.get(i).contains(address)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return "key in " + subnets.stream().map(Subnet::toString).collect(Collectors.joining(" or "));
    }
  }

  record HeaderValue(String name, TextTest test) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return test.matches(view.header(name));
    }

    @Override
    public String toString() {
      return "header " + name + " " + test;
    }
  }

  record HeaderPresent(String name) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return view.hasHeader(name);
    }

    @Override
    public String toString() {
      return "header " + name + " present";
    }
  }

  record FieldValue(JsonPointer pointer, TextTest test) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return test.matches(view.field(pointer));
    }

    @Override
    public String toString() {
      return "field " + pointer + " " + test;
    }
  }

  record FieldPresent(JsonPointer pointer) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return view.hasField(pointer);
    }

    @Override
    public String toString() {
      return "field " + pointer + " present";
    }
  }

  record All(List<Condition> parts) implements Condition {
    All {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean matches(RecordView view) {
      for (int i = 0; i < parts.size(); i++) {
        if (!parts.get(i).matches(view)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String toString() {
      return joined(parts, " and ");
    }
  }

  record Any(List<Condition> parts) implements Condition {
    Any {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean matches(RecordView view) {
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i).matches(view)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return joined(parts, " or ");
    }
  }

  record Not(Condition part) implements Condition {
    @Override
    public boolean matches(RecordView view) {
      return !part.matches(view);
    }

    @Override
    public String toString() {
      return "not (" + part + ")";
    }
  }

  private static String joined(List<Condition> parts, String word) {
    return parts.stream().map(Condition::toString).collect(Collectors.joining(word, "(", ")"));
  }
}
