package io.headgate.bench;

import io.headgate.concurrent.SpinLock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A lock held for one addition, by as many threads as the run has. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LockBenchmarks {

  /** What the locks guard. */
  @State(Scope.Benchmark)
  public static class Guarded {
    final ReentrantLock reentrant = new ReentrantLock();
    final SpinLock spin = new SpinLock();
    long value;
  }

  @Benchmark
  public long reentrantLock(Guarded state) {
    state.reentrant.lock();
    try {
      return ++state.value;
    } finally {
      state.reentrant.unlock();
    }
  }

  @Benchmark
  public long headgate(Guarded state) {
    state.spin.lock();
    try {
      return ++state.value;
    } finally {
      state.spin.unlock();
    }
  }
}
