package io.headgate.bench;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.headgate.KeyHasher;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Hashing keys of 16 bytes under a seed. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HashBenchmarks {

  private static final int LENGTH = 16;

  /** Keys side by side, and hashers with one seed. */
  @State(Scope.Thread)
  public static class Keys {
    final byte[] bytes = new byte[1024 * LENGTH];
    final Hasher64 xxh64 = Hashing.xxh3_64(42);
    final Hasher128 xxh128 = Hashing.xxh3_128(42);
    final KeyHasher ours = KeyHasher.seeded(42);
    private int at;

    public Keys() {
      new Random(7).nextBytes(bytes);
    }

    int next() {
      at = at + LENGTH & bytes.length - 1;
      return at;
    }
  }

  @Benchmark
  public long xxh364(Keys state) {
    return state.xxh64.hashBytesToLong(state.bytes, state.next(), LENGTH);
  }

  @Benchmark
  public void xxh3128(Keys state, Blackhole hole) {
    HashValue128 hash = state.xxh128.hashBytesTo128Bits(state.bytes, state.next(), LENGTH);
    hole.consume(hash.getMostSignificantBits());
    hole.consume(hash.getLeastSignificantBits());
  }

  @Benchmark
  public long headgateHalf(Keys state) {
    return state.ours.low(state.bytes, state.next(), LENGTH);
  }

  @Benchmark
  public void headgate(Keys state, Blackhole hole) {
    int at = state.next();
    hole.consume(state.ours.high(state.bytes, at, LENGTH));
    hole.consume(state.ours.low(state.bytes, at, LENGTH));
  }
}
