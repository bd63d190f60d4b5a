package io.headgate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headgate.bench.Plan.Section;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

  private final Map<String, Samples> samples = new HashMap<>();

  /** Ours takes 10 ns, everybody else 30, a clock 20. */
  ReportTest() {
    for (Section section : Plan.SECTIONS) {
      section.benchmarks().forEach(benchmark -> took(benchmark, 30));
      took(section.ours().benchmark(), 10);
    }
    Plan.STEPS.forEach(step -> took(step.benchmark(), 10));
    took(Plan.CLOCK, 20);
  }

  @Test
  void shouldGiveEveryFigureItsName() {
    assertThat(figures().keySet())
        .containsExactlyInAnyOrder(
            "limiter.hot.ns",
            "limiter.hot.bytesPerOp",
            "limiter.hot.vs.bucket4j_none",
            "limiter.hot.vs.sentinel",
            "limiter.keys1m.vs.hashmap_bucket4j_none",
            "limiter.shared.t1.vs.best",
            "limiter.shared.t2.vs.best",
            "spsc.drain.vs.jctools",
            "spsc.poll.vs.jctools",
            "spsc.vs.agrona",
            "spsc.vs.disruptor",
            "spsc.vs.abq",
            "pool.cross.vs.new_jctools",
            "pool.cross.vs.recycler_jctools",
            "pool.same.vs.arraydeque",
            "lock.t1.vs.reentrant",
            "lock.t2.vs.reentrant",
            "lock.oversubscribed.vs.reentrant",
            "index.get1m.vs.best",
            "hash.16B.vs.xxh3_64",
            "row.bytes.10",
            "row.bytes.60");
  }

  @Test
  void shouldDivideThePeersTimeByOurs() {
    assertThat(figures()).containsEntry("lock.t2.vs.reentrant", 3.0);
  }

  @Test
  void shouldTakeTheMedianOfTheForks() {
    took("LockBenchmarks.reentrantLock@2", 20, 1000, 40);

    assertThat(figures()).containsEntry("lock.t2.vs.reentrant", 4.0);
  }

  @Test
  void shouldNeverRoundAFigureToOurAdvantage() {
    took("LockBenchmarks.reentrantLock@2", 29.99);
    took("LimiterBenchmarks.headgate", 5.001);

    assertThat(figures())
        .containsEntry("lock.t2.vs.reentrant", 2.99)
        .containsEntry("limiter.hot.ns", 5.01);
  }

  @Test
  void shouldCompareWithTheBestPeer() {
    took("IndexBenchmarks.fastutilAndRow", 15);

    assertThat(figures()).containsEntry("index.get1m.vs.best", 1.5);
  }

  @Test
  void shouldSubtractTheClockOfAPeerThatReadsItsOwn() {
    // Net: Resilience4j and Guava 30 - 20, Bucket4j 30 with the caller's time.
    assertThat(figures()).containsEntry("limiter.shared.t1.vs.best", 1.0);
  }

  @Test
  void shouldReportTheWorseOfHotAndManyKeys() {
    took("SharedLimiterBenchmarks.manyHeadgate@2", 40);

    assertThat(figures().get("limiter.shared.t2.vs.best")).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void shouldCompareBucket4jByTheCallersTime() {
    took("LimiterBenchmarks.bucket4j", 1000);
    took("LimiterBenchmarks.bucket4jCallersTime", 12);

    assertThat(figures()).containsEntry("limiter.hot.vs.bucket4j_none", 1.2);
    assertThat(table()).containsPattern("Bucket4j NONE +1,000.00 +12.00 .* 1.20 .* 100.00");
  }

  @Test
  void shouldSayWhereTheRoundsDisagree() {
    took("LockBenchmarks.reentrantLock@4", 20, 30, 90);
    took("LockBenchmarks.headgate@4", 10, 10, 10);

    assertThat(table()).contains("~3.00");
  }

  @Test
  void shouldWriteOneObjectOnOneLine() {
    String json = Figures.json(figures());

    assertThat(json).startsWith("{\"limiter.hot.ns\":10.0,").endsWith("}").doesNotContain("\n");
  }

  @Test
  void shouldRefuseAnOptionItDoesNotKnowInOneLine() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int code = StructuresBench.run(stream(out), stream(err), "--slow");

    assertThat(code).isEqualTo(2);
    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains("--slow");
  }

  private void took(String benchmark, double... nanos) {
    samples.put(
        benchmark,
        new Samples(Arrays.stream(nanos).mapToObj(nano -> new Samples.Fork(nano, 0)).toList()));
  }

  private Map<String, Double> figures() {
    return Figures.of(new Results(samples));
  }

  private String table() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Report(new Results(samples), stream(out)).print();
    return out.toString(StandardCharsets.UTF_8);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
