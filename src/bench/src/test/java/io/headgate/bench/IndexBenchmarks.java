package io.headgate.bench;

import com.carrotsearch.hppc.LongIntHashMap;
import io.headgate.window.KeyIndex;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Finding the row of a fingerprint among many, in random order, always a hit. A map of the peers
 * finds it by 64 bits and stops there; ours compares all 128, which stand in the row.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexBenchmarks {

  /** Fingerprints, and the order in which they are asked for. */
  @State(Scope.Thread)
  public static class Fingerprints {
    @Param("1000000")
    int keys;

    long[] high = {};
    long[] low = {};
    private final long[] highOrder = new long[1 << 20];
    private final long[] lowOrder = new long[1 << 20];
    private int at;

    @Setup
    public void draw() {
      Random random = new Random(7);
      high = random.longs(keys).toArray();
      low = random.longs(keys).toArray();
      for (int i = 0; i < lowOrder.length; i++) {
        int key = random.nextInt(keys);
        highOrder[i] = high[key];
        lowOrder[i] = low[key];
      }
    }

    void next() {
      at = at + 1 & lowOrder.length - 1;
    }

    long high() {
      return highOrder[at];
    }

    long low() {
      return lowOrder[at];
    }
  }

  // ------------------------------------------------------------------ peers

  /** The JDK's map. */
  @State(Scope.Thread)
  public static class Jdk {
    final Map<Long, Integer> map = new HashMap<>();

    @Setup
    public void fill(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        map.put(keys.low[row], row);
      }
    }
  }

  @Benchmark
  public Object hashMap(Fingerprints keys, Jdk state) {
    keys.next();
    return state.map.getOrDefault(keys.low(), -1);
  }

  /** HPPC's map. */
  @State(Scope.Thread)
  public static class Hppc {
    final LongIntHashMap map = new LongIntHashMap();

    @Setup
    public void fill(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        map.put(keys.low[row], row);
      }
    }
  }

  @Benchmark
  public int hppc(Fingerprints keys, Hppc state) {
    keys.next();
    return state.map.get(keys.low());
  }

  /** Eclipse Collections' map. */
  @State(Scope.Thread)
  public static class Eclipse {
    final org.eclipse.collections.impl.map.mutable.primitive.LongIntHashMap map =
        new org.eclipse.collections.impl.map.mutable.primitive.LongIntHashMap();

    @Setup
    public void fill(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        map.put(keys.low[row], row);
      }
    }
  }

  @Benchmark
  public int eclipseCollections(Fingerprints keys, Eclipse state) {
    keys.next();
    return state.map.get(keys.low());
  }

  /** fastutil's map. */
  @State(Scope.Thread)
  public static class Fastutil {
    final Long2IntOpenHashMap map = new Long2IntOpenHashMap();

    @Setup
    public void fill(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        map.put(keys.low[row], row);
      }
    }
  }

  @Benchmark
  public int fastutil(Fingerprints keys, Fastutil state) {
    keys.next();
    return state.map.get(keys.low());
  }

  // ------------------------------------------------------------------ ours

  /** Rows of 10 buckets. */
  @State(Scope.Thread)
  public static class Rows {
    final WindowSlab slab = new WindowSlab(new RowLayout(11, 100), 1 << 21);

    @Setup
    public void fill(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        slab.take(keys.high[row], keys.low[row], 0);
      }
    }
  }

  // A peer's map made to do the same: find the row, and compare all of the fingerprint.

  @Benchmark
  public boolean hashMapAndRow(Fingerprints keys, Jdk state, Rows rows) {
    keys.next();
    return rows.slab.is(state.map.getOrDefault(keys.low(), -1), keys.high(), keys.low());
  }

  @Benchmark
  public boolean hppcAndRow(Fingerprints keys, Hppc state, Rows rows) {
    keys.next();
    return rows.slab.is(state.map.get(keys.low()), keys.high(), keys.low());
  }

  @Benchmark
  public boolean eclipseCollectionsAndRow(Fingerprints keys, Eclipse state, Rows rows) {
    keys.next();
    return rows.slab.is(state.map.get(keys.low()), keys.high(), keys.low());
  }

  @Benchmark
  public boolean fastutilAndRow(Fingerprints keys, Fastutil state, Rows rows) {
    keys.next();
    return rows.slab.is(state.map.get(keys.low()), keys.high(), keys.low());
  }

  /** Our index over our rows. */
  @State(Scope.Thread)
  public static class Index extends Rows {
    final KeyIndex index = new KeyIndex(slab);

    @Setup
    public void index(Fingerprints keys) {
      for (int row = 0; row < keys.keys; row++) {
        index.add(keys.low[row], row);
      }
    }
  }

  @Benchmark
  public int headgate(Fingerprints keys, Index state) {
    keys.next();
    return state.index.find(keys.high(), keys.low());
  }
}
