package io.headgate.rules;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.rules.OverrideEntry.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one snapshot as the judging threads look at them: keys by their fingerprints.
 * Immutable, safe for any thread; a look allocates nothing.
 */
public final class BoundLimits {

  /** The limits of one rule. */
  private static final class OfRule {
    /** The rule's own units, or those of the entry for the whole rule. */
    final long[] units;

    final long[] largest;

    @Nullable Map<String, long[]> classes;
    @Nullable FingerprintTable keys;

    /** Whether there are classes or keys: the one branch of a rule without either. */
    boolean special;

    OfRule(Rule rule) {
      units = rule.limits().stream().mapToLong(RateLimit::limit).toArray();
      largest = units.clone();
    }
  }

  private final LimitOverrides overrides;
  private final OfRule[] rules;

  BoundLimits(
      LimitOverrides overrides,
      Collection<OverrideEntry> entries,
      KeyHasher[] hashers,
      Function<String, List<byte[]>> keyForms) {
    this.overrides = overrides;
    rules = overrides.rules().rules().stream().map(OfRule::new).toArray(OfRule[]::new);
    List<List<OverrideEntry>> keys = new ArrayList<>();
    for (int i = 0; i < rules.length; i++) {
      keys.add(new ArrayList<>());
    }
    for (OverrideEntry entry : entries) {
      OfRule rule = rules[entry.rule];
      long[] units = entry.units;
      if (entry.scope == Scope.KEY) {
        keys.get(entry.rule).add(entry);
      } else if (entry.scope == Scope.CLASS) {
        if (rule.classes == null) {
          rule.classes = new HashMap<>();
        }
        rule.classes.put(entry.name, units);
      }
      for (int i = 0; i < units.length; i++) {
        rule.largest[i] = Math.max(rule.largest[i], units[i]);
        if (entry.scope == Scope.RULE && units[i] != OverrideEntry.NONE) {
          rule.units[i] = units[i];
        }
      }
    }
    for (int i = 0; i < rules.length; i++) {
      rules[i].keys = table(keys.get(i), rules[i].units.length, hashers[i], keyForms);
      rules[i].special = rules[i].keys != null || rules[i].classes != null;
    }
  }

  private static @Nullable FingerprintTable table(
      List<OverrideEntry> entries,
      int limits,
      KeyHasher hasher,
      Function<String, List<byte[]>> keyForms) {
    int forms = 0;
    for (OverrideEntry entry : entries) {
      forms += keyForms.apply(entry.name).size();
    }
    if (forms == 0) {
      return null;
    }
    FingerprintTable table = new FingerprintTable(forms, limits);
    for (OverrideEntry entry : entries) {
      for (byte[] form : keyForms.apply(entry.name)) {
        table.put(hasher.high(form, 0, form.length), hasher.low(form, 0, form.length), entry.units);
      }
    }
    return table;
  }

  /**
   * Looks up how many units a limit has for a record.
   *
   * @param rule index of the rule in its set
   * @param limitIndex index of the limit in its rule
   * @param className the record's class, or null if it has none
   * @param keyHigh the high half of the key's fingerprint under the rule's hasher
   * @param keyLow its low half
   * @return units per window, 1 or more
   */
  public long limit(
      int rule, int limitIndex, @Nullable String className, long keyHigh, long keyLow) {
    OfRule limits = rules[rule];
    if (limits.special) {
      long units = special(limits, limitIndex, className, keyHigh, keyLow);
      if (units != OverrideEntry.NONE) {
        return units;
      }
    }
    return limits.units[limitIndex];
  }

  private static long special(
      OfRule limits, int limitIndex, @Nullable String className, long keyHigh, long keyLow) {
    if (limits.keys != null) {
      long units = limits.keys.get(keyHigh, keyLow, limitIndex);
      if (units != OverrideEntry.NONE) {
        return units;
      }
    }
    if (limits.classes != null && className != null) {
      long[] units = limits.classes.get(className);
      if (units != null) {
        return units[limitIndex];
      }
    }
    return OverrideEntry.NONE;
  }

  /**
   * Says whether a record's class makes a difference: who asks first need not find it out.
   *
   * @param rule index of the rule in its set
   * @return false if the rule has no entries for classes
   */
  public boolean hasClasses(int rule) {
    return rules[rule].classes != null;
  }

  /**
   * Returns the most units that a limit has for any record: what a row's counters must hold.
   *
   * @param rule index of the rule in its set
   * @param limitIndex index of the limit in its rule
   * @return units per window
   */
  public long largest(int rule, int limitIndex) {
    return rules[rule].largest[limitIndex];
  }

  /**
   * Returns which snapshot this is of.
   *
   * @return its version
   */
  public long version() {
    return overrides.version();
  }

  /**
   * Returns the snapshot that this is of.
   *
   * @return the entries
   */
  public LimitOverrides overrides() {
    return overrides;
  }
}
