package io.headgate.rules;

import io.headgate.KeyHasher;
import io.headgate.rules.yaml.Problems;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits that were changed while they run: other units than the rules' own for a whole rule, for a
 * class of records, or for one key. A snapshot: immutable, safe for any thread; a change makes
 * another one.
 *
 * <p>An entry is two texts, as a topic of limits holds them. Its key says what it is for: {@code
 * RULE}, {@code RULE/class/CLASS} or {@code RULE/key/KEY}, where the class or the limit key is all
 * that is left, slashes included. Its value says how many units: {@code
 * {"limits":["20/1s","1000/1h"]}}, of one or more of the rule's windows in any order. Windows,
 * buckets and modes stay, and so do all counts.
 *
 * <p>For a record the key's entry is asked first, then its class's, then its rule's, then the rule
 * itself; an entry that does not name a window leaves that one to the next.
 */
public final class LimitOverrides {

  private static final int MAX_REFUSAL = 600;

  private final RuleSet rules;
  private final long version;
  private final SortedMap<String, OverrideEntry> entries;

  private LimitOverrides(RuleSet rules, long version, SortedMap<String, OverrideEntry> entries) {
    this.rules = rules;
    this.version = version;
    this.entries = entries;
  }

  /**
   * Starts with the rules' own limits.
   *
   * @param rules whose limits are changed
   * @return version 0, without entries
   */
  public static LimitOverrides none(RuleSet rules) {
    return new LimitOverrides(rules, 0, Collections.emptySortedMap());
  }

  /**
   * What became of one entry.
   *
   * @param overrides the new snapshot, or the old one if the entry was refused
   * @param refusal why the entry was refused, in one line; null if it was not
   */
  public record Result(LimitOverrides overrides, @Nullable String refusal) {

    /**
     * Says whether the entry counts now.
     *
     * @return false if it was refused
     */
    public boolean accepted() {
      return refusal == null;
    }
  }

  /**
   * What became of several entries.
   *
   * @param overrides the new snapshot, with those that were not refused
   * @param refusals why entries were refused, in one line each, by their keys
   */
  public record Results(LimitOverrides overrides, Map<String, String> refusals) {

    /**
     * Keeps the refusals as they are now.
     *
     * @param overrides the new snapshot
     * @param refusals why entries were refused
     */
    public Results {
      refusals = Collections.unmodifiableMap(new LinkedHashMap<>(refusals));
    }
  }

  /**
   * Puts an entry in, or takes it out. Costs a copy of all entries: for many use {@link #withAll}.
   *
   * @param entryKey what it is for
   * @param value how many units; null to take the entry out, whether it is there or not
   * @return a snapshot of the next version; or this one and why the entry was refused
   */
  public Result with(String entryKey, @Nullable String value) {
    SortedMap<String, OverrideEntry> changed = new TreeMap<>(entries);
    String refusal = change(changed, entryKey, value);
    return refusal == null
        ? new Result(new LimitOverrides(rules, version + 1, changed), null)
        : new Result(this, refusal);
  }

  /**
   * Puts several entries in, or takes them out, as one change.
   *
   * @param changes how many units by what it is for; null to take an entry out
   * @return a snapshot of the next version, and which entries were refused
   */
  public Results withAll(Map<String, @Nullable String> changes) {
    SortedMap<String, OverrideEntry> changed = new TreeMap<>(entries);
    Map<String, String> refusals = new LinkedHashMap<>();
    changes.forEach(
        (entryKey, value) -> {
          String refusal = change(changed, entryKey, value);
          if (refusal != null) {
            refusals.put(entryKey, refusal);
          }
        });
    return new Results(new LimitOverrides(rules, version + 1, changed), refusals);
  }

  /**
   * Takes the entries along to other rules.
   *
   * @param newRules whose limits are changed from now on
   * @return a snapshot of the next version, and which entries do not fit those rules
   */
  public Results onto(RuleSet newRules) {
    return new LimitOverrides(newRules, version, new TreeMap<>())
        .withAll(new LinkedHashMap<>(entries()));
  }

  /** Makes one change; or says why not, and makes none. */
  private @Nullable String change(
      SortedMap<String, OverrideEntry> changed, String entryKey, @Nullable String value) {
    try {
      OverrideEntry entry = OverrideEntry.parse(rules, entryKey, value);
      if (value == null) {
        changed.remove(entryKey);
      } else {
        changed.put(entryKey, entry);
      }
      return null;
    } catch (IllegalArgumentException e) {
      return Problems.oneLine("entry \"" + entryKey + "\": " + e.getMessage(), MAX_REFUSAL);
    }
  }

  /**
   * Returns which snapshot this is.
   *
   * @return 0 without a change, one more for each
   */
  public long version() {
    return version;
  }

  /**
   * Returns how many entries there are.
   *
   * @return 0 or more
   */
  public int size() {
    return entries.size();
  }

  /**
   * Returns the entries as they were put in.
   *
   * @return values by their keys, in the order of the keys
   */
  public Map<String, String> entries() {
    Map<String, String> texts = new LinkedHashMap<>();
    entries.forEach((key, entry) -> texts.put(key, entry.text));
    return Collections.unmodifiableMap(texts);
  }

  /**
   * Returns whose limits these are.
   *
   * @return the rules
   */
  public RuleSet rules() {
    return rules;
  }

  /**
   * Makes what the judging threads look at, for limit keys that are hashed as their UTF-8.
   *
   * @param perRule the hasher of each rule's keys, in the order of the rules
   * @return the limits of this snapshot
   */
  public BoundLimits bind(KeyHasher[] perRule) {
    return bind(perRule, key -> List.of(key.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Makes what the judging threads look at, for limit keys that may be hashed as other bytes than
   * their UTF-8: numbers, for example.
   *
   * @param perRule the hasher of each rule's keys, in the order of the rules
   * @param keyForms all the bytes that a limit key of this text may be hashed as; none if there can
   *     be no such key
   * @return the limits of this snapshot
   */
  public BoundLimits bind(KeyHasher[] perRule, Function<String, List<byte[]>> keyForms) {
    if (perRule.length != rules.size()) {
      throw new IllegalArgumentException(
          perRule.length + " hashers: expected one for each of " + rules.size() + " rules");
    }
    Objects.requireNonNull(keyForms, "keyForms");
    return new BoundLimits(this, entries.values(), perRule, keyForms);
  }

  @Override
  public String toString() {
    return "limits of version " + version + ", changed by " + entries.keySet();
  }
}
