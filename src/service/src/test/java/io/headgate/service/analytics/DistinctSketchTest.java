package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far the estimate of distinct keys is off, over many sets of keys. */
class DistinctSketchTest {

  private static final int SETS = 400;

  private static long hash(int set, int key) {
    return new KeyName(KeyForm.TEXT, "user-" + set + "/" + key, "").hash();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, 1_000, 5_000, 20_000})
  void shouldKeepToItsBound(int keys) {
    double squares = 0;
    double sum = 0;
    int within = 0;
    for (int set = 0; set < SETS; set++) {
      DistinctSketch sketch = new DistinctSketch();
      for (int key = 0; key < keys; key++) {
        sketch.add(hash(set, key));
      }
      double error = (sketch.estimate() - keys) / (double) keys;
      squares += error * error;
      sum += error;
      within += Math.abs(error) <= sketch.error95() ? 1 : 0;
    }

    // The bound is of many keys; for few the error is less. The deviation of 400 sets is itself
    // off by 3.5 % (one standard deviation); keys and sets are the same in each run.
    assertThat(Math.sqrt(squares / SETS)).isLessThan(0.782 / 64 * 1.1);
    assertThat(within).isGreaterThanOrEqualTo(SETS * 93 / 100);
    assertThat(Math.abs(sum / SETS)).isLessThan(3 * 0.782 / 64 / Math.sqrt(SETS));
  }

  @Test
  void shouldPutSketchesTogetherAsIfOneHadSeenAll() {
    DistinctSketch all = new DistinctSketch();
    DistinctSketch left = new DistinctSketch();
    DistinctSketch right = new DistinctSketch();
    for (int key = 0; key < 9_000; key++) {
      long hash = hash(0, key);
      all.add(hash);
      if (key < 6_000) {
        left.add(hash);
      }
      if (key >= 3_000) {
        right.add(hash);
      }
    }
    DistinctSketch merged = new DistinctSketch();
    List.of(left, right, new DistinctSketch(), left).forEach(merged::add);

    assertThat(merged.estimate()).isEqualTo(all.estimate());
    assertThat(bytes(merged)).isEqualTo(bytes(all));
  }

  @Test
  void shouldTakeFewBytesForFewKeys() {
    DistinctSketch sketch = new DistinctSketch();
    assertThat(bytes(sketch)).hasSize(1);
    for (int key = 0; key < 50; key++) {
      sketch.add(hash(0, key));
    }
    assertThat(bytes(sketch).length).isLessThan(160);
    for (int key = 0; key < 100_000; key++) {
      sketch.add(hash(0, key));
    }
    assertThat(bytes(sketch)).hasSize(4_098);
  }

  private static byte[] bytes(DistinctSketch sketch) {
    BytesWriter out = new BytesWriter(16);
    sketch.write(out);
    return out.toArray();
  }
}
