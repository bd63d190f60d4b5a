package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.service.http.Snapshot.Counts;
import io.headgate.service.http.Snapshot.Keys;
import io.headgate.service.http.Snapshot.Lane;
import io.headgate.service.http.Snapshot.RuleCounts;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatsFeedTest {

  private static final long SECOND = 1_000_000_000L;

  private final StatsFeed feed = new StatsFeed(1_000);

  private static Snapshot snapshot(long admitted, long blocked) {
    Counts counts = new Counts(admitted, blocked, 0, 0);
    return new Snapshot(
        "RUNNING",
        counts,
        0,
        List.of(new RuleCounts("a", "r", List.of("1/1s"), false, 100, "drop", counts, 0)),
        new Keys(0, 1, 0, 0),
        new Lane(0, 0, 0, 0, 0, 0, 0, 0, null));
  }

  @Test
  void shouldNotKnowARateBeforeTheSecondSnapshot() {
    assertThat(feed.last()).isNull();
    assertThat(feed.take(snapshot(10, 1), 0, 0).rates()).isNull();
    assertThat(feed.history().admitted()).containsExactly((Double) null);
  }

  @Test
  void shouldTellRatesPerSecondHoweverLongTheStep() {
    feed.take(snapshot(10, 1), 0, 0);
    Stats stats = feed.take(snapshot(60, 2), 2_500, 5 * SECOND / 2);
    assertThat(stats.rates()).isEqualTo(new Stats.Rates(20, 0.4, 0, 0));
    assertThat(stats.rules().get(0).rates()).isEqualTo(stats.rates());
    assertThat(feed.history().blocked()).containsExactly(null, 0.4);
  }

  @Test
  void shouldNotKnowARateWhenATaskWentAway() {
    feed.take(snapshot(1_000, 10), 0, 0);
    assertThat(feed.take(snapshot(400, 12), 1_000, SECOND).rates()).isNull();
    assertThat(feed.take(snapshot(500, 12), 2_000, 2 * SECOND).rates())
        .isEqualTo(new Stats.Rates(100, 0, 0, 0));
  }

  @Test
  void shouldKeepTenMinutes() {
    for (int i = 0; i < 700; i++) {
      feed.take(snapshot(i, 0), i, i * SECOND);
    }
    assertThat(feed.history().time()).hasSize(600).startsWith(100L).endsWith(699L);
  }
}
