package io.headgate.rules;

import io.headgate.RateLimit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a {@link RuleSet}: which records it is for, what each of their keys is allowed, and
 * what becomes of the rest. Immutable and checked once, by {@link Builder#build}.
 */
public final class Rule {

  /** The largest number of limits that a rule may have. */
  public static final int MAX_LIMITS = 8;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

  // A prime of xxHash64: what is left of a multiplication by it has every bit of the hash in it.
  private static final long SPREAD = 0x9fb21c651e98df25L;

  private final String name;
  private final Condition when;
  private final List<RateLimit> limits;
  private final Cost cost;
  private final @Nullable OverLimit overLimit;
  private final OverflowPolicy overflow;
  private final LatePolicy late;
  private final Set<String> exemptKeys;
  private final boolean exempt;
  private final boolean shadow;
  private final int enforcePercent;
  private final @Nullable KeySource classOf;

  private Rule(Builder builder) {
    name = builder.name;
    when = builder.when;
    limits = List.copyOf(builder.limits);
    cost = builder.cost;
    overLimit = builder.overLimit;
    overflow = builder.overflow;
    late = builder.late;
    exemptKeys = Collections.unmodifiableSet(new LinkedHashSet<>(builder.exemptKeys));
    exempt = builder.exempt;
    shadow = builder.shadow;
    enforcePercent = builder.enforcePercent;
    classOf = builder.classOf;
  }

  /**
   * Starts a rule.
   *
   * @param name 1 to 100 letters, digits, {@code . _ -}; another name is another state
   * @return a builder with the defaults
   * @throws IllegalArgumentException if it is no such name
   */
  public static Builder named(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "rule name \"" + name + "\": expected 1 to 100 letters, digits, '.', '_' or '-'");
    }
    return new Builder(name);
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /**
   * Returns the rule's name.
   *
   * @return unique in its set
   */
  public String name() {
    return name;
  }

  /**
   * Returns which records the rule is for.
   *
   * @return the condition
   */
  public Condition when() {
    return when;
  }

  /**
   * Returns what each key is allowed: a record is admitted only if all of these admit it.
   *
   * @return up to {@link #MAX_LIMITS} limits of different windows; none only if the rule is exempt
   */
  public List<RateLimit> limits() {
    return limits;
  }

  /**
   * Returns what a record costs.
   *
   * @return the cost
   */
  public Cost cost() {
    return cost;
  }

  /**
   * Returns what becomes of records over the limit.
   *
   * @return the action, or null for the operator's default
   */
  public @Nullable OverLimit overLimit() {
    return overLimit;
  }

  /**
   * Returns what becomes of keys beyond {@code max.keys}.
   *
   * @return the policy
   */
  public OverflowPolicy overflow() {
    return overflow;
  }

  /**
   * Returns what becomes of records that are very late.
   *
   * @return the policy
   */
  public LatePolicy late() {
    return late;
  }

  /**
   * Returns the limit keys that pass: BYPASSED.
   *
   * @return their texts
   */
  public Set<String> exemptKeys() {
    return exemptKeys;
  }

  /**
   * Says whether all records of the rule pass: BYPASSED.
   *
   * @return true if nothing is judged
   */
  public boolean exempt() {
    return exempt;
  }

  /**
   * Says whether the rule only counts what it would have blocked.
   *
   * @return true if it is judged aside
   */
  public boolean shadow() {
    return shadow;
  }

  /**
   * Returns for how many of a hundred keys the rule is enforced; it is a shadow for the others.
   *
   * @return 0 to 100
   */
  public int enforcePercent() {
    return enforcePercent;
  }

  /**
   * Returns where a record says what class it is of, for limits per class.
   *
   * @return the source, or null if there are no classes
   */
  public @Nullable KeySource classOf() {
    return classOf;
  }

  /**
   * Says whether the rule is enforced for a key, by its share of keys: the same for a key at all
   * times and places, and still so when the share is raised.
   *
   * @param keyHash a half of the key's fingerprint
   * @return false if the rule is a shadow for this key
   */
  public boolean enforcedFor(long keyHash) {
    return !shadow
        && (enforcePercent == 100
            || Long.remainderUnsigned((keyHash * SPREAD) >>> 32, 100) < enforcePercent);
  }

  /** Says whether no record that this rule is for ever reaches the next one. */
  boolean endsEveryWalk() {
    return ConditionKinds.isAlways(when) && !shadow && enforcePercent == 100;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Rule that
        && name.equals(that.name)
        && when.equals(that.when)
        && limits.equals(that.limits)
        && cost.equals(that.cost)
        && Objects.equals(overLimit, that.overLimit)
        && overflow == that.overflow
        && late == that.late
        && exemptKeys.equals(that.exemptKeys)
        && exempt == that.exempt
        && shadow == that.shadow
        && enforcePercent == that.enforcePercent
        && Objects.equals(classOf, that.classOf);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, when, limits, cost, exemptKeys);
  }

  /** Says what is not the default, in words. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("rule ").append(name);
    add(text, when != Conditions.always(), " when ", when);
    text.append(':');
    for (int i = 0; i < limits.size(); i++) {
      text.append(i == 0 ? " " : " and ").append(limits.get(i));
    }
    add(text, exempt, " exempt", "");
    add(text, cost != Cost.ONE, "; cost ", cost);
    add(text, overLimit != null, "; over limit ", overLimit);
    add(text, overflow != OverflowPolicy.SHARED_ROW, "; overflow ", word(overflow));
    add(text, late != LatePolicy.JUDGE, "; late ", word(late));
    add(text, !exemptKeys.isEmpty(), "; exempt keys ", exemptKeys);
    add(text, enforcePercent != 100, "; enforced for ", enforcePercent + " % of keys");
    add(text, classOf != null, "; class by ", classOf);
    add(text, shadow, "; shadow", "");
    return text.toString();
  }

  private static void add(StringBuilder text, boolean say, String what, @Nullable Object value) {
    if (say) {
      text.append(what).append(value);
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Settings of a rule. Not thread-safe; each {@link #build} stands alone. */
  public static final class Builder {
    private final String name;
    private Condition when = Conditions.always();
    private List<RateLimit> limits = List.of();
    private Cost cost = Cost.ONE;
    private @Nullable OverLimit overLimit;
    private OverflowPolicy overflow = OverflowPolicy.SHARED_ROW;
    private LatePolicy late = LatePolicy.JUDGE;
    private Set<String> exemptKeys = Set.of();
    private boolean exempt;
    private boolean shadow;
    private int enforcePercent = 100;
    private @Nullable KeySource classOf;

    private Builder(String name) {
      this.name = name;
    }

    /**
     * Sets which records the rule is for.
     *
     * @param condition {@link Conditions#always} by default
     * @return this
     */
    public Builder when(Condition condition) {
      when = Objects.requireNonNull(condition, "when");
      return this;
    }

    /**
     * Sets what each key is allowed, in the order they are asked: an event names the first that
     * refused.
     *
     * @param newLimits 1 to {@link #MAX_LIMITS} limits of different windows
     * @return this
     */
    public Builder limits(RateLimit... newLimits) {
      return limits(List.of(newLimits));
    }

    /**
     * Sets what each key is allowed, in the order they are asked: an event names the first that
     * refused.
     *
     * @param newLimits 1 to {@link #MAX_LIMITS} limits of different windows
     * @return this
     */
    public Builder limits(Collection<RateLimit> newLimits) {
      limits = new ArrayList<>(newLimits);
      return this;
    }

    /**
     * Sets what a record costs.
     *
     * @param newCost {@link Cost#ONE} by default
     * @return this
     */
    public Builder cost(Cost newCost) {
      cost = Objects.requireNonNull(newCost, "cost");
      return this;
    }

    /**
     * Sets what becomes of records over the limit.
     *
     * @param action null, the default, for what the operator does without a say
     * @return this
     */
    public Builder overLimit(@Nullable OverLimit action) {
      overLimit = action;
      return this;
    }

    /**
     * Sets what becomes of keys beyond {@code max.keys}.
     *
     * @param policy {@link OverflowPolicy#SHARED_ROW} by default
     * @return this
     */
    public Builder overflow(OverflowPolicy policy) {
      overflow = Objects.requireNonNull(policy, "overflow");
      return this;
    }

    /**
     * Sets what becomes of records that are very late.
     *
     * @param policy {@link LatePolicy#JUDGE} by default
     * @return this
     */
    public Builder late(LatePolicy policy) {
      late = Objects.requireNonNull(policy, "late");
      return this;
    }

    /**
     * Lets some limit keys pass: BYPASSED.
     *
     * @param keys their texts
     * @return this
     */
    public Builder exemptKeys(String... keys) {
      return exemptKeys(List.of(keys));
    }

    /**
     * Lets some limit keys pass: BYPASSED.
     *
     * @param keys their texts
     * @return this
     */
    public Builder exemptKeys(Collection<String> keys) {
      exemptKeys = new LinkedHashSet<>(keys);
      return this;
    }

    /**
     * Lets all records of the rule pass: BYPASSED.
     *
     * @param passes false by default
     * @return this
     */
    public Builder exempt(boolean passes) {
      exempt = passes;
      return this;
    }

    /**
     * Makes the rule a dry run: it is judged aside, ends no walk and blocks nothing.
     *
     * @param aside false by default
     * @return this
     */
    public Builder shadow(boolean aside) {
      shadow = aside;
      return this;
    }

    /**
     * Enforces the rule for a share of the keys; it is a shadow for the others.
     *
     * @param percent 100 by default, 0 to 100
     * @return this
     * @throws IllegalArgumentException if it is no such number
     */
    public Builder enforcePercent(int percent) {
      if (percent < 0 || percent > 100) {
        throw new IllegalArgumentException(
            "rule \"" + name + "\": enforce.percent " + percent + ", expected 0 to 100");
      }
      enforcePercent = percent;
      return this;
    }

    /**
     * Says where a record's class is named, for limits per class.
     *
     * @param source null, the default, for no classes
     * @return this
     */
    public Builder classOf(@Nullable KeySource source) {
      classOf = source;
      return this;
    }

    /**
     * Makes the rule.
     *
     * @return the rule
     * @throws IllegalArgumentException if it has no limits and is not exempt, too many, or two of
     *     one window
     */
    public Rule build() {
      if (limits.isEmpty() && !exempt) {
        throw new IllegalArgumentException(
            "rule \"" + name + "\" has no limits: expected 1 to " + MAX_LIMITS + ", or exempt");
      }
      if (limits.size() > MAX_LIMITS) {
        throw new IllegalArgumentException(
            "rule \""
                + name
                + "\" has "
                + limits.size()
                + " limits: expected at most "
                + MAX_LIMITS);
      }
      for (int i = 0; i < limits.size(); i++) {
        for (int k = 0; k < i; k++) {
          if (limits.get(i).window().equals(limits.get(k).window())) {
            throw new IllegalArgumentException(
                "rule \""
                    + name
                    + "\" has two limits of one window: "
                    + limits.get(k)
                    + " and "
                    + limits.get(i));
          }
        }
      }
      return new Rule(this);
    }
  }
}
