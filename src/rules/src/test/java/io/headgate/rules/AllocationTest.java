package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is said to cost no object costs none: to walk rules by topic and key, to price a record, to
 * look up a limit.
 *
 * <p>The thread's own counter of allocated bytes is read around rounds of many records. While code
 * is warming up there are bytes that are not any record's: so several rounds are tried, and the
 * smallest number counts. A single object per record would be more than a million bytes.
 */
class AllocationTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int RECORDS = 100_000;
  private static final int ROUNDS = 10;
  private static final long SLACK = 4_096;

  /** Keeps results alive, so that no work is compiled away. */
  private long sink;

  private interface Look {
    long at(RecordView view);
  }

  private static List<Object> keys(String... texts) {
    List<Object> keys = new ArrayList<>();
    for (String text : texts) {
      byte[] bytes = text.getBytes(UTF_8);
      keys.addAll(List.of(text, bytes, Bytes.wrap(bytes), ByteBuffer.wrap(bytes)));
    }
    return keys;
  }

  private long leastBytes(List<Object> keys, Look look) {
    RecordView view = new RecordView();
    RecordHeaders headers = new RecordHeaders();
    String[] topics = {"orders", "payments", "other"};
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RECORDS; i++) {
        view.set(topics[i % 3], keys.get(i % keys.size()), "a caf\u00e9 \ud83d\ude00", headers, i);
        sink += look.at(view);
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  private void assertNothing(List<Object> keys, Condition condition) {
    assertThat(leastBytes(keys, view -> condition.matches(view) ? 1 : 0))
        .as("%s", condition)
        .isLessThan(SLACK);
    assertThat(sink).as("%s", condition).isPositive();
    sink = 0;
  }

  @Test
  void shouldAllocateNothingToLookAtATopicOrTheBeginningOfAKey() {
    List<Object> keys = keys("bot-1", "caf\u00e9", "", "user");
    assertNothing(keys, Conditions.always());
    assertNothing(keys, Conditions.topic("orders"));
    assertNothing(keys, Conditions.topic("payments", "x"));
    assertNothing(keys, Conditions.topicPrefix("pay"));
    assertNothing(keys, Conditions.topicPattern("[op].*s"));
    assertNothing(keys, Conditions.keyPrefix("bot-"));
    assertNothing(keys, Conditions.keyPrefix("caf\u00e9"));
    assertNothing(
        keys,
        Conditions.anyOf(
            Conditions.allOf(Conditions.topic("orders"), Conditions.keyPrefix("bot")),
            Conditions.not(Conditions.topicPrefix("o"))));
  }

  @Test
  void shouldAllocateNothingToLookAtAKeyThatIsText() {
    List<Object> keys = List.of("10.1.2.3", "2001:db8::17:4", "::ffff:10.0.0.1", "user");
    assertNothing(keys, Conditions.keyIs("user", "x"));
    assertNothing(keys, Conditions.keyCidr("10.0.0.0/8", "2001:db8::/32"));
  }

  @Test
  void shouldAllocateNothingToWalkRulesAndPriceARecord() {
    RateLimit limit = RateLimit.perSecond(10);
    RuleSet rules =
        RuleSet.builder()
            .rule(Rule.named("a").when(Conditions.keyPrefix("bot")).limits(limit).build())
            .rule(Rule.named("b").when(Conditions.topic("payments")).limits(limit).build())
            .rule(Rule.named("c").limits(limit).cost(Cost.VALUE_BYTES).build())
            .build();
    Look walk =
        view -> {
          long sum = 0;
          for (int i = rules.match(view, 0); i >= 0; i = rules.match(view, i + 1)) {
            sum += rules.rule(i).cost().of(view);
          }
          return sum;
        };

    assertThat(leastBytes(keys("bot-1", "user"), walk)).isLessThan(SLACK);
    assertThat(sink).isPositive();
  }

  @Test
  void shouldAllocateNothingToLookUpALimit() {
    RuleSet rules =
        RuleSet.builder()
            .rule(
                Rule.named("a")
                    .limits(RateLimit.perSecond(10))
                    .classOf(KeySource.header("plan"))
                    .build())
            .build();
    KeyHasher hasher = KeyHasher.seeded(1);
    Map<String, @Nullable String> changes = new LinkedHashMap<>();
    changes.put("a/class/gold", "{\"limits\":[\"20/1s\"]}");
    for (int i = 0; i < 1_000; i++) {
      changes.put("a/key/" + i, "{\"limits\":[\"30/1s\"]}");
    }
    BoundLimits limits =
        LimitOverrides.none(rules).withAll(changes).overrides().bind(new KeyHasher[] {hasher});
    List<Object> keys = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      keys.add(String.valueOf(i).getBytes(UTF_8));
    }
    Look look =
        view -> {
          if (view.key() instanceof byte[] key) {
            long high = hasher.high(key, 0, key.length);
            long low = hasher.low(key, 0, key.length);
            String className = view.timestamp() % 2 == 0 ? "gold" : null;
            return limits.limit(0, 0, className, high, low);
          }
          return 0;
        };

    assertThat(leastBytes(keys, look)).isLessThan(SLACK);
    assertThat(sink).isEqualTo((long) RECORDS * ROUNDS / 2 * 30 + (long) RECORDS * ROUNDS / 4 * 30);
  }

  /** Were the counter blind, all of the above would say nothing. */
  @Test
  void shouldSeeAnAllocationWhenThereIsOne() {
    assertThat(leastBytes(keys("user"), view -> String.valueOf(view.keyText()).length()))
        .isGreaterThan(16L * RECORDS);
  }
}
