package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Counts the events of one partition of the blocked topic, by rule, hour and day. Belongs to one
 * thread.
 *
 * <p>Cells that are in use are held as objects, so that an event costs no encoding; a cell that
 * changed is written when {@link #flush} is told of its key, and when it makes room for another.
 */
final class RollupBook {

  /** Where cells are kept. */
  interface Store {
    /** Returns what was written under a key last, or null. */
    byte @Nullable [] read(Bytes key);

    /** Writes a value. */
    void write(Bytes key, byte[] value);

    /**
     * Is told that the cell of a key changed and is not written: {@link #flush} is to be called
     * with the key before the offset of the event is committed; now is allowed.
     */
    void changed(Bytes key);
  }

  /** Cells held as objects: some 40 KB each at the most, with 100 keys of 256 characters. */
  static final int MAX_HELD = 256;

  /** Pairs of limiter and rule that are told apart; others are counted as one. */
  static final int MAX_RULES = 1_000;

  /** What is shown of those that are too many. */
  static final String OTHERS = "(others)";

  private record Rule(String limiter, String rule) {}

  private static final class Held {
    final Bytes key;
    final PeriodCell cell;
    boolean changed;

    Held(Bytes key, PeriodCell cell) {
      this.key = key;
      this.cell = cell;
    }
  }

  private final RollupSettings settings;
  private final InstantSource clock;
  private final Store store;
  private final Periods periods;
  private final EventDeserializer events = new EventDeserializer();
  private final Set<Rule> rules = new HashSet<>();

  /** Those held, the one that was used longest ago first. */
  private final LinkedHashMap<PeriodKey, Held> held = new LinkedHashMap<>(16, 0.75f, true);

  /** Those of them that changed. */
  private final Map<Bytes, Held> changed = new HashMap<>();

  RollupBook(RollupSettings settings, InstantSource clock, Store store) {
    this.settings = settings;
    this.clock = clock;
    this.store = store;
    this.periods = new Periods(settings.zone(), settings.keepHours(), settings.keepDays());
  }

  /** Is told of a rule that has cells in the store. */
  void know(PeriodKey key) {
    rules.add(new Rule(key.limiter(), key.rule()));
  }

  /** Forgets which rules it was told of. */
  void forgetRules() {
    rules.clear();
  }

  /**
   * Counts a record of the blocked topic, unless it was counted.
   *
   * @param value its value
   * @param offset its offset
   * @param time its timestamp: when it was sent
   */
  void count(byte @Nullable [] value, long offset, long time) {
    long now = clock.millis();
    BlockedEvent event = read(value);
    if (event == null) {
      Held cell =
          hold(new PeriodKey(PeriodKind.UNREADABLE, arrival(time, now), false, zone(), "", ""));
      settle(cell, cell.cell.addUnreadable(offset, time));
      return;
    }
    Rule rule = rule(event);
    long at = event.firstTime();
    if (Periods.isTooFarAhead(at, now)) {
      aside(PeriodKind.TOO_FAR_AHEAD, event, rule, offset, time, now);
      return;
    }
    long day = periods.day(at);
    if (day < periods.oldestDay(now)) {
      aside(PeriodKind.TOO_OLD, event, rule, offset, time, now);
      return;
    }
    KeyName key = KeyName.of(event);
    boolean shadow = event.shadow();
    long hour = Periods.hour(at);
    if (hour >= periods.oldestHour(now)) {
      Held cell = hold(new PeriodKey(PeriodKind.HOUR, hour, shadow, "", rule.limiter, rule.rule));
      boolean spans = Periods.hour(event.lastTime()) != hour;
      settle(cell, cell.cell.add(event, key, spans, offset, time));
    }
    Held cell = hold(new PeriodKey(PeriodKind.DAY, day, shadow, zone(), rule.limiter, rule.rule));
    boolean spans = event.lastTime() != at && isOtherDay(event.lastTime(), at, day);
    settle(cell, cell.cell.add(event, key, spans, offset, time));
  }

  private boolean isOtherDay(long last, long first, long dayOfFirst) {
    boolean other = periods.day(last) != dayOfFirst;
    // The day of the next event is likely that of this one.
    periods.day(first);
    return other;
  }

  private void aside(
      PeriodKind kind, BlockedEvent event, Rule rule, long offset, long time, long now) {
    Held cell =
        hold(
            new PeriodKey(
                kind, arrival(time, now), event.shadow(), zone(), rule.limiter, rule.rule));
    settle(cell, cell.cell.add(event, null, false, offset, time));
  }

  /** The day on which a record came, or the day of now if that is not believed either. */
  private long arrival(long time, long now) {
    boolean believed = !Periods.isTooFarAhead(time, now) && time >= periods.oldestDay(now);
    return periods.day(believed ? time : now);
  }

  private String zone() {
    return settings.zone().getId();
  }

  private @Nullable BlockedEvent read(byte @Nullable [] value) {
    try {
      return events.deserialize(settings.blockedTopic(), value);
    } catch (SerializationException e) {
      return null;
    }
  }

  private Rule rule(BlockedEvent event) {
    Rule rule = new Rule(event.limiter(), event.rule());
    if (rules.contains(rule)) {
      return rule;
    }
    if (rules.size() < MAX_RULES && isShort(rule.limiter) && isShort(rule.rule)) {
      rules.add(rule);
      return rule;
    }
    return new Rule(OTHERS, OTHERS);
  }

  private static boolean isShort(String name) {
    return name.length() <= KeyName.MAX_TEXT;
  }

  private Held hold(PeriodKey period) {
    Held found = held.get(period);
    if (found != null) {
      return found;
    }
    Bytes key = Bytes.wrap(period.toBytes());
    byte[] written = store.read(key);
    Held made =
        new Held(
            key, written == null ? new PeriodCell(settings.topKeys()) : PeriodCell.read(written));
    held.put(period, made);
    if (held.size() > MAX_HELD) {
      Map.Entry<PeriodKey, Held> oldest = held.entrySet().iterator().next();
      flush(oldest.getValue().key);
      held.remove(oldest.getKey());
    }
    return made;
  }

  private void settle(Held cell, boolean counted) {
    if (counted && !cell.changed) {
      cell.changed = true;
      changed.put(cell.key, cell);
      store.changed(cell.key);
    }
  }

  /** Writes the cell of a key, if it changed since it was written. */
  void flush(Bytes key) {
    Held cell = changed.get(key);
    if (cell != null) {
      store.write(key, cell.cell.toBytes());
      cell.changed = false;
      changed.remove(key);
    }
  }

  /** Lets go of a cell that is deleted from the store. */
  void expire(PeriodKey period) {
    Held gone = held.remove(period);
    if (gone != null) {
      changed.remove(gone.key);
    }
  }

  /** Returns when a period of a kind must begin, or end up, not to be deleted. */
  long oldest(PeriodKind kind) {
    long now = clock.millis();
    return switch (kind) {
      case HOUR -> periods.oldestHour(now);
      // One of another zone may begin before the oldest that is asked for, and reach into it.
      case DAY -> periods.oldestDay(now) - Periods.LONGEST_DAY_MILLIS;
      case TOO_OLD, TOO_FAR_AHEAD, UNREADABLE -> periods.oldestDay(now);
      case ABOUT -> Long.MIN_VALUE;
    };
  }

  /** What this book is made of. */
  About about() {
    return new About(settings.zone(), settings.keepHours(), settings.keepDays(), clock.millis());
  }
}
