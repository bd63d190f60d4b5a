package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.SpaceSaving;
import io.headgate.lane.SpaceSaving.Counter;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one partition of the blocked topic has of one {@link PeriodKey}: sums, a sketch of the
 * distinct keys, and counters of those that were blocked most. Takes a few bytes for few keys, and
 * never more than some 4 KiB and the counters. Belongs to one thread.
 *
 * <p>It knows up to which offset it has counted, and counts nothing twice: so what is read again
 * after a failure changes nothing, also where offsets and counts are not committed together.
 */
final class PeriodCell {

  // A partition is read in order. So a cell has each of its events up to its offset, and none after
  // it. Offsets start anew when the blocked topic is made anew; then events come whose offsets are
  // known and whose time on the topic, when they were sent, is later than all that were counted:
  // they are news, and the offset is theirs from now on.
  //
  //  value: format | offset | time | sums | sketch | counters, keys | n, n times (key, most, least)

  private static final int FORMAT = 1;

  /** Bytes of a counter at the least. */
  private static final int COUNTER_BYTES = 5;

  private static final int MAX_COUNTERS = 10_000;

  /** Equal cells are equal bytes. */
  private static final Comparator<Counter<KeyName>> ORDER =
      Comparator.comparingLong((Counter<KeyName> each) -> each.atMost())
          .reversed()
          .thenComparing(each -> each.key().text())
          .thenComparing(each -> each.key().form())
          .thenComparing(each -> each.key().fingerprint());

  final Tally tally;
  final DistinctSketch distinct;
  final SpaceSaving<KeyName> top;

  private long offset;
  private long time;

  /**
   * Makes one that has counted nothing.
   *
   * @param topKeys keys that are counted one by one
   */
  PeriodCell(int topKeys) {
    this(new Tally(), new DistinctSketch(), new SpaceSaving<>(topKeys), -1, Long.MIN_VALUE);
  }

  private PeriodCell(
      Tally tally, DistinctSketch distinct, SpaceSaving<KeyName> top, long offset, long time) {
    this.tally = tally;
    this.distinct = distinct;
    this.top = top;
    this.offset = offset;
    this.time = time;
  }

  /**
   * Counts an event unless it was counted.
   *
   * @param key its key, null to count it without one
   * @param spans true if its last record is of another period
   * @param eventOffset where it stands in the partition
   * @param eventTime when it was sent, milliseconds
   * @return true if it was counted now
   */
  boolean add(
      BlockedEvent event, @Nullable KeyName key, boolean spans, long eventOffset, long eventTime) {
    if (!pass(eventOffset, eventTime)) {
      return false;
    }
    tally.add(event, spans);
    if (key != null) {
      distinct.add(key.hash());
      top.add(key, event.count());
    }
    return true;
  }

  /** As {@link #add}, of a record that is no event. */
  boolean addUnreadable(long recordOffset, long recordTime) {
    if (!pass(recordOffset, recordTime)) {
      return false;
    }
    tally.addUnreadable();
    return true;
  }

  private boolean pass(long nextOffset, long nextTime) {
    if (nextOffset <= offset && nextTime <= time) {
      return false;
    }
    offset = nextOffset;
    time = Math.max(time, nextTime);
    return true;
  }

  byte[] toBytes() {
    BytesWriter out = new BytesWriter(512).u8(FORMAT).count(offset + 1).ordered(time);
    tally.write(out);
    distinct.write(out);
    List<Counter<KeyName>> counters = top.counters();
    out.count(top.size()).count(counters.size());
    counters.stream()
        .sorted(ORDER)
        .forEach(
            each -> {
              each.key().write(out);
              out.count(each.atMost()).count(each.atLeast());
            });
    return out.toArray();
  }

  /**
   * Reads a cell.
   *
   * @throws CodecException if it is none, or of a newer build
   */
  static PeriodCell read(byte[] bytes) {
    BytesReader in = new BytesReader(bytes);
    checkFormat(in);
    long offset = in.count() - 1;
    long time = in.ordered();
    Tally tally = Tally.read(in);
    DistinctSketch distinct = DistinctSketch.read(in);
    long size = in.count();
    if (size < 1 || size > MAX_COUNTERS) {
      throw new CodecException(size + " counters, expected 1 to " + MAX_COUNTERS);
    }
    SpaceSaving<KeyName> top = new SpaceSaving<>((int) size);
    try {
      for (int left = in.count((int) size, COUNTER_BYTES); left > 0; left--) {
        top.restore(KeyName.read(in), in.count(), in.count());
      }
    } catch (IllegalArgumentException e) {
      throw new CodecException(String.valueOf(e.getMessage()));
    }
    in.end();
    return new PeriodCell(tally, distinct, top, offset, time);
  }

  /**
   * Reads no more of a cell than when the newest of its events was sent; the smallest number if it
   * has none.
   *
   * @throws CodecException if it is no cell, or of a newer build
   */
  static long newest(byte[] bytes) {
    BytesReader in = new BytesReader(bytes);
    checkFormat(in);
    in.count();
    return in.ordered();
  }

  private static void checkFormat(BytesReader in) {
    int format = in.u8();
    if (format != FORMAT) {
      throw new CodecException(
          "format " + format + " of counts, this build reads " + FORMAT + "; use a newer headgate");
    }
  }
}
