package io.headgate.service.http;

import io.headgate.service.http.Snapshot.Counts;
import io.headgate.service.http.Snapshot.Keys;
import io.headgate.service.http.Snapshot.Lane;
import io.headgate.service.http.Snapshot.Latency;
import io.headgate.service.http.Snapshot.RuleCounts;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A service without Kafka, whose numbers move with each look. */
final class FakeBackend implements Backend {

  static final String HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'&";
  static final String ELSEWHERE = "elsewhere";

  private static final double[] ADMITTED = {9_200, 3_100, 410, 0};
  private static final double[] BLOCKED = {130, 46, 2.4, 0};
  private static final double[] TRIAL = {0, 0, 0, 310};
  private static final String[] NAMES = {"everyone", "api-clients", "log-in", "stricter-trial"};
  private static final List<List<String>> LIMITS =
      List.of(
          List.of("100/1m"),
          List.of("50/1s", "100000/1d"),
          List.of("5/1m", "30/1h"),
          List.of("60/1m"));

  private final Map<String, List<String>> limits = new TreeMap<>();
  private final Map<String, Integer> used = new ConcurrentHashMap<>();
  private final long start = System.currentTimeMillis();
  private final double[] admitted = new double[NAMES.length];
  private final double[] blocked = new double[NAMES.length];
  private final double[] trial = new double[NAMES.length];
  private int looks;
  private long last = System.nanoTime();

  /** What the next calls do instead of answering. */
  volatile @Nullable RuntimeException failure;

  volatile @Nullable CountDownLatch hold;
  volatile boolean alive = true;
  volatile boolean ready = true;
  volatile boolean restarted;
  volatile int rules = NAMES.length;
  final AtomicInteger reports = new AtomicInteger();

  FakeBackend() {
    limits.put("everyone/key/10.0.0.9", List.of("500/1m"));
    limits.put("api-clients/class/gold", List.of("200/1s", "1000000/1d"));
    limits.put("everyone/key/" + HOSTILE, List.of("1/1m"));
  }

  private void look() {
    CountDownLatch latch = hold;
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    RuntimeException e = failure;
    if (e != null) {
      throw e;
    }
  }

  @Override
  public ServiceInfo info() {
    return new ServiceInfo(
        "edge-limits",
        "0.1.0",
        "127.0.0.1:8080",
        List.of("access-log", "api-log"),
        "admitted",
        "blocked",
        "headgate-limits",
        true,
        "UTC",
        start - 7_323_000);
  }

  @Override
  public Health health() {
    return new Health(alive, ready, ready ? List.of() : List.of("it takes its partitions over"));
  }

  @Override
  public synchronized Snapshot snapshot() {
    look();
    looks++;
    double seconds = (System.nanoTime() - last) / 1e9;
    last = System.nanoTime();
    // A wave and a flood now and then, so that a chart has something to show.
    double wave = 1 + 0.25 * Math.sin(looks / 17.0) + 0.06 * Math.sin(looks * 1.7);
    double flood = looks % 90 > 70 ? 6 : 1;
    List<RuleCounts> counts = new ArrayList<>();
    Counts sum = new Counts(0, 0, 0, 0);
    if (restarted) {
      restarted = false;
      admitted[0] = 0;
    }
    for (int i = 0; i < rules; i++) {
      int kind = i % NAMES.length;
      if (i < NAMES.length) {
        admitted[i] += ADMITTED[i] * wave * seconds;
        blocked[i] += BLOCKED[i] * wave * flood * seconds;
        trial[i] += TRIAL[i] * wave * seconds;
      }
      Counts totals =
          new Counts((long) admitted[kind], (long) blocked[kind], (long) trial[kind], 0);
      counts.add(
          new RuleCounts(
              "edge",
              i < NAMES.length ? NAMES[i] : NAMES[kind] + i,
              LIMITS.get(kind),
              kind == 3,
              kind == 2 ? 25 : 100,
              kind == 2 ? "route: suspicious" : "drop",
              totals,
              (long) (admitted[kind] * 0.031)));
      sum =
          new Counts(
              sum.admitted() + totals.admitted(),
              sum.blocked() + totals.blocked(),
              sum.shadowBlocked() + totals.shadowBlocked(),
              (long) (admitted[0] * 0.13));
    }
    return new Snapshot(
        "RUNNING",
        sum,
        0,
        counts,
        new Keys(412_000 + looks * 37L, 1_000_000, 84_000_000 + looks * 9_000L, 0),
        new Lane(
            sum.blocked(),
            sum.blocked() - 3,
            0,
            0,
            0,
            0,
            3,
            17,
            new Latency(1.8 * wave, 5.6 * wave * Math.sqrt(flood))));
  }

  @Override
  public KeyState usage(String key) {
    look();
    if (key.equals(ELSEWHERE)) {
      return new KeyState(key, false, "127.0.0.1:8081", List.of());
    }
    int now = used.computeIfAbsent(key, any -> 100);
    if (now == 0) {
      return new KeyState(key, true, null, List.of());
    }
    return new KeyState(
        key,
        true,
        null,
        List.of(
            new KeyState.LimitUsage(
                "everyone", "100/1m", false, 100, now, 100 - now, 60_000, 48_000, 3_200),
            new KeyState.LimitUsage(
                "stricter-trial", "60/1m", true, 60, 31, 29, 60_000, 51_000, 0)));
  }

  @Override
  public KeyBlocks blocks(String key, Duration back) {
    look();
    long step = back.toMillis() / 96;
    long from = System.currentTimeMillis() - back.toMillis();
    List<Long> counts = new ArrayList<>();
    List<Long> none = new ArrayList<>();
    for (int i = 0; i < 96; i++) {
      counts.add(i > 40 && i < 70 ? (long) (40 + 35 * Math.sin(i)) : i % 13 == 0 ? 3L : 0L);
      none.add(0L);
    }
    return new KeyBlocks(key, from, step, counts, none, true);
  }

  @Override
  public KeyReset reset(String key) {
    look();
    if (key.equals(ELSEWHERE)) {
      return new KeyReset(false, "127.0.0.1:8081", 0);
    }
    used.put(key, 0);
    return new KeyReset(true, null, 2);
  }

  @Override
  public TopBlocked top(int n) {
    look();
    return new TopBlocked(
        540_000,
        entries(n),
        List.of(new TopBlocked.Entry("stricter-trial", "10.1.1.1", "TEXT", 12, 12)));
  }

  private static List<TopBlocked.Entry> entries(int n) {
    List<TopBlocked.Entry> top = new ArrayList<>();
    String[] keys = {
      "198.51.100.23",
      "203.0.113.77",
      HOSTILE,
      "2001:db8:85a3::8a2e:370:7334",
      "tenant-00417",
      "a-very-long-key-without-any-place-to-break-it-0123456789-0123456789-0123456789",
      "192.0.2.41"
    };
    for (int i = 0; i < Math.min(n, keys.length); i++) {
      long estimate = 48_210 / (i + 1);
      top.add(
          new TopBlocked.Entry(
              i % 2 == 0 ? "everyone" : "api-clients",
              keys[i],
              "TEXT",
              estimate,
              i < 5 ? estimate : estimate - 40));
    }
    return top;
  }

  @Override
  public synchronized List<LimitEntry> limits() {
    look();
    List<LimitEntry> all = new ArrayList<>();
    limits.forEach((entry, texts) -> all.add(new LimitEntry(entry, texts)));
    return all;
  }

  @Override
  public synchronized void setLimit(LimitEntry entry) {
    look();
    String rule = entry.entry().split("/", 2)[0];
    if (!List.of(NAMES).contains(rule)) {
      throw new BackendException(
          BackendException.Kind.REFUSED, "no rule \"" + rule + "\": expected one of everyone, ...");
    }
    for (String limit : entry.limits()) {
      if (!limit.matches("[0-9]+/[0-9]*[smhd]")) {
        throw new BackendException(
            BackendException.Kind.REFUSED,
            "limit \"" + limit + "\": expected UNITS/WINDOW, such as 10/1s or 500/1h");
      }
    }
    limits.put(entry.entry(), entry.limits());
  }

  @Override
  public synchronized boolean removeLimit(String entry) {
    look();
    return limits.remove(entry) != null;
  }

  @Override
  public DayReport report(LocalDate day) {
    look();
    reports.incrementAndGet();
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    boolean over = day.isBefore(today);
    if (day.isAfter(today) || day.isBefore(today.minusDays(30))) {
      return new DayReport(
          day.toString(),
          "UTC",
          over,
          0,
          0,
          0,
          0,
          0,
          0,
          hours(day, 0),
          List.of(),
          List.of(),
          List.of());
    }
    List<DayReport.Hour> hours = hours(day, over ? 24 : 17);
    long blocked = hours.stream().mapToLong(DayReport.Hour::blocked).sum();
    return new DayReport(
        day.toString(),
        "UTC",
        over,
        blocked,
        41_380,
        blocked / 3,
        over ? 12_907 : 8_412,
        0.024,
        over ? 0 : 318,
        hours,
        List.of(
            new DayReport.RuleDay("edge", "everyone", false, blocked - 41_000, 11_870),
            new DayReport.RuleDay("edge", "api-clients", false, 41_000, 1_204),
            new DayReport.RuleDay("edge", "stricter-trial", true, 41_380, 6_031)),
        entries(10).stream()
            .map(
                entry ->
                    new DayReport.KeyDay(
                        entry.key(), entry.keyForm(), entry.estimate(), entry.lowerBound()))
            .toList(),
        over ? List.of() : List.of("12 records are without their keys."));
  }

  private static List<DayReport.Hour> hours(LocalDate day, int until) {
    List<DayReport.Hour> hours = new ArrayList<>();
    long start = day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    for (int hour = 0; hour < 24; hour++) {
      long blocked = hour < until ? (long) (9_000 + 6_500 * Math.sin((hour - 8) / 3.8)) : 0;
      hours.add(new DayReport.Hour(start + hour * 3_600_000L, blocked, blocked / 9));
    }
    return hours;
  }

  @Override
  public List<Instance> instances() {
    look();
    return List.of(
        new Instance(
            "127.0.0.1:8080",
            true,
            "RUNNING",
            List.of("access-log-0", "access-log-1", "access-log-2", "api-log-4", "api-log-0"),
            List.of("access-log-3"),
            1_204L),
        new Instance(
            "127.0.0.1:8081",
            false,
            null,
            List.of("access-log-3", "access-log-4", "access-log-5"),
            List.of(),
            null));
  }
}
