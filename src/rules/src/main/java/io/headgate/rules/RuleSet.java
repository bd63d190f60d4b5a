package io.headgate.rules;

import io.headgate.RateLimit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a limiter, in their order, and what they count by. Immutable and safe for any
 * thread.
 *
 * <p>For each record the rules are walked from the first on: a rule that is enforced and whose
 * condition holds decides and ends the walk; a shadow rule is judged aside and does not.
 */
public final class RuleSet {

  /** The largest number of rules in a set. */
  public static final int MAX_RULES = 1_000;

  /** The name of the one rule of a limiter that has no list of them. */
  static final String DEFAULT = "default";

  private final List<Rule> rules;
  private final Condition[] conditions;
  private final KeySource key;
  private final boolean shadow;

  private RuleSet(Builder builder) {
    rules = List.copyOf(builder.rules);
    conditions = rules.stream().map(Rule::when).toArray(Condition[]::new);
    key = builder.key;
    shadow = builder.shadow;
  }

  /**
   * Starts a set.
   *
   * @return a builder with no rules, which counts by the record key
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Makes the set of one rule for all records.
   *
   * @param limit what each record key is allowed
   * @return the set; its rule is named {@code default}
   */
  public static RuleSet of(RateLimit limit) {
    return builder().rule(Rule.named(DEFAULT).limits(limit).build()).build();
  }

  /**
   * Finds the next rule for a record. Allocates nothing but what the conditions do.
   *
   * @param view shows the record
   * @param from index of the first rule to look at, 0 or more
   * @return index of the first rule from there on whose condition holds, or -1
   */
  public int match(RecordView view, int from) {
    Condition[] all = conditions;
    for (int i = from; i < all.length; i++) {
      if (all[i].matches(view)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns the rules.
   *
   * @return the rules in the order they are walked
   */
  public List<Rule> rules() {
    return rules;
  }

  /**
   * Returns one rule.
   *
   * @param index its place, 0 or more
   * @return the rule
   */
  public Rule rule(int index) {
    return rules.get(index);
  }

  /**
   * Finds a rule by its name.
   *
   * @param name the rule's name
   * @return its place, or -1
   */
  public int indexOf(String name) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns how many rules there are.
   *
   * @return 1 to {@link #MAX_RULES}
   */
  public int size() {
    return rules.size();
  }

  /**
   * Returns what is counted by.
   *
   * @return the source of the limit key
   */
  public KeySource key() {
    return key;
  }

  /**
   * Says whether the whole set only counts what it would have blocked.
   *
   * @return true if nothing is blocked
   */
  public boolean shadow() {
    return shadow;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RuleSet that
        && shadow == that.shadow
        && key.equals(that.key)
        && rules.equals(that.rules);
  }

  @Override
  public int hashCode() {
    return Objects.hash(rules, key, shadow);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("rules by ").append(key);
    if (shadow) {
      text.append(", all shadow");
    }
    for (Rule rule : rules) {
      text.append("\n  ").append(rule);
    }
    return text.toString();
  }

  /** Settings of a set. Not thread-safe; each {@link #build} stands alone. */
  public static final class Builder {
    private final List<Rule> rules = new ArrayList<>();
    private KeySource key = KeySource.recordKey();
    private boolean shadow;

    private Builder() {}

    /**
     * Adds a rule behind those that are there.
     *
     * @param rule the rule
     * @return this
     */
    public Builder rule(Rule rule) {
      rules.add(Objects.requireNonNull(rule, "rule"));
      return this;
    }

    /**
     * Adds rules behind those that are there.
     *
     * @param more the rules
     * @return this
     */
    public Builder rules(Collection<Rule> more) {
      more.forEach(this::rule);
      return this;
    }

    /**
     * Sets what is counted by.
     *
     * @param source {@link KeySource#recordKey} by default
     * @return this
     */
    public Builder key(KeySource source) {
      key = Objects.requireNonNull(source, "key");
      return this;
    }

    /**
     * Makes the whole set a dry run.
     *
     * @param aside false by default
     * @return this
     */
    public Builder shadow(boolean aside) {
      shadow = aside;
      return this;
    }

    /**
     * Makes the set.
     *
     * @return the set
     * @throws IllegalArgumentException if it has no rules, too many, or two of one name
     */
    public RuleSet build() {
      if (rules.isEmpty() || rules.size() > MAX_RULES) {
        throw new IllegalArgumentException(rules.size() + " rules: expected 1 to " + MAX_RULES);
      }
      RuleSet set = new RuleSet(this);
      for (int i = 0; i < rules.size(); i++) {
        int first = set.indexOf(rules.get(i).name());
        if (first < i) {
          throw new IllegalArgumentException(
              "rules["
                  + i
                  + "]: the name \""
                  + rules.get(i).name()
                  + "\" is that of rules["
                  + first
                  + "] too; give each its own");
        }
      }
      return set;
    }
  }
}
