package io.headgate.window;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.headgate.concurrent.SequenceLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** What a thread sees of rows that another one judges in, under a {@link SequenceLock}. */
public final class WindowCopyStress {

  /** Counters of eight bytes: a row of nine lines takes some time to write and to copy. */
  private static final RowLayout LAYOUT = new RowLayout(61, Long.MAX_VALUE);

  private static final long LIMIT = 1_000;
  private static final int TRIES = 50;

  private WindowCopyStress() {}

  /** A row with five units in bucket 10; a verdict wipes it and charges seven in bucket 100. */
  private static WindowTable oneRow() {
    WindowTable table = new WindowTable(LAYOUT, 4, row -> {});
    int row = table.take(1, 1, 10, Long.MIN_VALUE);
    table.slab().judge(row, 10, LIMIT, 5);
    return table;
  }

  private static void judge(WindowTable table) {
    table.slab().judge(table.find(1, 1), 100, LIMIT, 7);
  }

  /** Looks until a read is whole, and tells nothing if none is. */
  private static void look(SequenceLock lock, WindowTable table, III_Result r) {
    WindowCopy copy = new WindowCopy();
    for (int i = 0; i < TRIES; i++) {
      long stamp = lock.beginRead();
      int found = table.copy(1, 1, copy);
      if (lock.endRead(stamp)) {
        tell(found, copy, r);
        return;
      }
    }
  }

  private static void tell(int found, WindowCopy copy, III_Result r) {
    r.r1 = found == WindowTable.COPIED ? (int) copy.head() : -1;
    r.r2 = (int) copy.total();
    r.r3 = (int) copy.used(copy.head());
  }

  /** Head, total and counters are of one state, or the reader knows that they are not. */
  @JCStressTest
  @Outcome(
      id = {"10, 5, 5", "100, 7, 7", "0, 0, 0"},
      expect = ACCEPTABLE,
      desc = "Before, after, or not read.")
  @Outcome(expect = FORBIDDEN, desc = "Half of a verdict.")
  @State
  public static class OneState {
    private final SequenceLock lock = new SequenceLock();
    private final WindowTable table = oneRow();

    /** Judges. */
    @Actor
    public void writer() {
      lock.beginWrite();
      judge(table);
      lock.endWrite();
    }

    /** Looks, and again if it must. */
    @Actor
    public void reader(III_Result r) {
      look(lock, table, r);
    }
  }

  /** A key that is there is found, with its units, while its segment of the index grows. */
  @JCStressTest
  @Outcome(
      id = {"0, 5", "3, 0"},
      expect = ACCEPTABLE,
      desc = "Found with its units, or not read.")
  @Outcome(expect = FORBIDDEN, desc = "Lost, or another's.")
  @State
  public static class GrowingIndex {

    /** As many as a segment of 64 places takes before it grows. */
    private static final int KEYS = 38;

    private final SequenceLock lock = new SequenceLock();
    private final WindowTable table = new WindowTable(new RowLayout(1, 255), 64, row -> {});

    /** Makes a table whose next key makes its index grow. */
    public GrowingIndex() {
      for (int key = 0; key < KEYS; key++) {
        table.slab().judge(table.take(1, low(key), 10, Long.MIN_VALUE), 10, 255, 5);
      }
    }

    private static long low(int key) {
      return (key + 1) * 0x9e3779b97f4a7c15L;
    }

    /** Takes one more. */
    @Actor
    public void writer() {
      lock.beginWrite();
      table.slab().judge(table.take(1, low(KEYS), 10, Long.MIN_VALUE), 10, 255, 9);
      lock.endWrite();
    }

    /** Looks for one that was there. */
    @Actor
    public void reader(II_Result r) {
      WindowCopy copy = new WindowCopy();
      r.r1 = 3;
      for (int i = 0; i < TRIES; i++) {
        long stamp = lock.beginRead();
        int found = table.copy(1, low(7), copy);
        if (lock.endRead(stamp)) {
          r.r1 = found;
          r.r2 = found == WindowTable.COPIED ? (int) copy.used(10) : -1;
          return;
        }
      }
    }
  }

  /** The broken twin of {@link OneState} whose reader believes all it reads. Must be caught. */
  @JCStressTest
  @Outcome(
      id = {"10, 5, 5", "100, 7, 7"},
      expect = ACCEPTABLE,
      desc = "Before or after.")
  @Outcome(expect = FORBIDDEN, desc = "Half of a verdict.")
  @State
  public static class CredulousReaderTwin {
    private final SequenceLock lock = new SequenceLock();
    private final WindowTable table = oneRow();

    /** Judges. */
    @Actor
    public void writer() {
      lock.beginWrite();
      judge(table);
      lock.endWrite();
    }

    /** Looks once. */
    @Actor
    public void reader(III_Result r) {
      WindowCopy copy = new WindowCopy();
      tell(table.copy(1, 1, copy), copy, r);
    }
  }

  /**
   * The broken twin of {@link OneState} whose writer says only afterwards that it wrote. Must be
   * caught.
   */
  @JCStressTest
  @Outcome(
      id = {"10, 5, 5", "100, 7, 7", "0, 0, 0"},
      expect = ACCEPTABLE,
      desc = "Before, after, or not read.")
  @Outcome(expect = FORBIDDEN, desc = "Half of a verdict.")
  @State
  public static class LateWriterTwin {
    private final SequenceLock lock = new SequenceLock();
    private final WindowTable table = oneRow();

    /** Judges, and then says so. */
    @Actor
    public void writer() {
      judge(table);
      lock.beginWrite();
      lock.endWrite();
    }

    /** Looks, and again if it must. */
    @Actor
    public void reader(III_Result r) {
      look(lock, table, r);
    }
  }
}
