package io.headgate.service.analytics;

import com.dynatrace.hash4j.distinctcount.UltraLogLog;

/**
 * Counts distinct keys in 4 KiB, whatever their number; two of these can be put together. Belongs
 * to one thread.
 */
final class DistinctSketch {

  // UltraLogLog, of Ertl, "UltraLogLog: A Practical and More Space-Efficient Alternative to
  // HyperLogLog for Approximate Distinct Counting", VLDB 2024 [1]: 2^p registers of a byte. The
  // error that its paper derives for the estimator used here is 0.782 / sqrt(2^p) of the count
  // (one standard deviation, for many keys; for few it is less).
  //
  // On the topic a sketch of few keys is a list of the registers that are not zero:
  //
  //   0: nothing   1: precision, all registers   2: precision, n, n times (gap, register)
  //
  // [1] https://doi.org/10.14778/3654621.3654632

  /** One standard deviation, times the root of the registers. */
  private static final double DEVIATION = 0.782;

  /** How many of those 95 in 100 estimates keep to. */
  private static final double DEVIATIONS_95 = 1.96;

  private static final int PRECISION = 12;
  private static final int MIN_PRECISION = 3;
  private static final int MAX_PRECISION = 16;

  private static final int NOTHING = 0;
  private static final int ALL = 1;
  private static final int FEW = 2;

  private UltraLogLog registers;

  DistinctSketch() {
    this(UltraLogLog.create(PRECISION));
  }

  private DistinctSketch(UltraLogLog registers) {
    this.registers = registers;
  }

  void add(long hash) {
    registers.add(hash);
  }

  void add(DistinctSketch other) {
    if (!other.registers.isEmpty()) {
      registers = UltraLogLog.merge(registers, other.registers);
    }
  }

  long estimate() {
    return Math.round(registers.getDistinctCountEstimate());
  }

  /** How far 95 in 100 estimates are off at the most, as a part of the count. */
  double error95() {
    return DEVIATIONS_95 * DEVIATION / Math.sqrt(1 << registers.getP());
  }

  void write(BytesWriter out) {
    byte[] state = registers.getState();
    int set = 0;
    for (byte register : state) {
      set += register == 0 ? 0 : 1;
    }
    if (set == 0) {
      out.u8(NOTHING);
    } else if (set > state.length / 3) {
      out.u8(ALL).u8(registers.getP()).bytes(state);
    } else {
      out.u8(FEW).u8(registers.getP()).count(set);
      int last = -1;
      for (int i = 0; i < state.length; i++) {
        if (state[i] != 0) {
          out.count(i - last - 1).u8(state[i]);
          last = i;
        }
      }
    }
  }

  static DistinctSketch read(BytesReader in) {
    int form = in.u8();
    if (form == NOTHING) {
      return new DistinctSketch();
    }
    int precision = in.u8();
    if (precision < MIN_PRECISION || precision > MAX_PRECISION) {
      throw new CodecException("precision " + precision + " of a sketch");
    }
    int size = 1 << precision;
    return switch (form) {
      case ALL -> new DistinctSketch(UltraLogLog.wrap(in.bytes(size)));
      case FEW -> {
        byte[] state = new byte[size];
        int at = -1;
        for (int left = in.count(size, 2); left > 0; left--) {
          long next = at + 1 + in.count();
          if (next < 0 || next >= size) {
            throw new CodecException("register " + next + " of a sketch of " + size);
          }
          at = (int) next;
          state[at] = (byte) in.u8();
        }
        yield new DistinctSketch(UltraLogLog.wrap(state));
      }
      default -> throw new CodecException("form " + form + " of a sketch, expected 0 to 2");
    };
  }
}
