package io.headgate.bench.e2e;

import io.headgate.bench.Median;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * What was measured.
 *
 * @param groups in the order in which they ran
 * @param results by the name of a group
 * @param latencies by application
 * @param restored rows a second when the limiter's state was read back; 0 if it was not measured
 */
record Results(
    List<Group> groups,
    Map<String, Map<Variant, Result>> results,
    Map<Variant, Histogram> latencies,
    double restored) {

  boolean has(String group, Variant variant) {
    return results.containsKey(group) && results.get(group).containsKey(variant);
  }

  Result of(String group, Variant variant) {
    Map<Variant, Result> of = results.get(group);
    Result result = of == null ? null : of.get(variant);
    if (result == null) {
      throw new IllegalStateException("not measured: " + group + ", " + variant.label);
    }
    return result;
  }

  /** One application's figure divided by another's, round by round, from the least on. */
  double[] ratios(String group, Variant one, Variant other, ToDoubleFunction<Slice> figure) {
    List<Slice> ones = of(group, one).slices();
    List<Slice> others = of(group, other).slices();
    double[] ratios = new double[ones.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = figure.applyAsDouble(ones.get(i)) / figure.applyAsDouble(others.get(i));
    }
    Arrays.sort(ratios);
    return ratios;
  }

  double ratio(String group, Variant one, Variant other, ToDoubleFunction<Slice> figure) {
    return Median.of(Arrays.stream(ratios(group, one, other, figure)));
  }

  double median(String group, Variant variant, ToDoubleFunction<Slice> figure) {
    return Median.of(of(group, variant).slices().stream().mapToDouble(figure));
  }
}
