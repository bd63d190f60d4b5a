package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

/** The keys and values of the roll-up's topic: what is written is read, and nothing else. */
class CodecTest {

  @Property
  void shouldReadTheKeysThatItWrote(@ForAll("keys") PeriodKey key) {
    assertThat(PeriodKey.read(key.toBytes())).isEqualTo(key);
  }

  @Property
  void shouldKeepKeysOfAKindInTheOrderOfTheirTimes(
      @ForAll("keys") PeriodKey one, @ForAll("keys") PeriodKey other) {
    Bytes bytes = Bytes.wrap(one.toBytes());
    boolean below = bytes.compareTo(Bytes.wrap(PeriodKey.before(other.kind(), other.start()))) < 0;

    if (one.kind() == other.kind()) {
      assertThat(below).isEqualTo(one.start() < other.start());
      assertThat(bytes).isGreaterThan(Bytes.wrap(PeriodKey.lowest(one.kind())));
    } else {
      assertThat(below).isEqualTo(one.kind().code < other.kind().code);
    }
  }

  @Property(tries = 200)
  void shouldReadTheCellsThatItWrote(
      @ForAll @IntRange(min = 1, max = 3_000) int keys,
      @ForAll @IntRange(min = 1, max = 40) int counters) {
    PeriodCell cell = new PeriodCell(counters);
    for (int i = 0; i < keys; i++) {
      var event = Events.plain("r", "key-" + i * i % 1_999, 1 + i % 3, 1_000);
      cell.add(event, KeyName.of(event), i % 5 == 0, i, 2_000 + i);
    }
    byte[] bytes = cell.toBytes();
    PeriodCell read = PeriodCell.read(bytes);

    assertThat(read.toBytes()).isEqualTo(bytes);
    assertThat(read.tally).usingRecursiveComparison().isEqualTo(cell.tally);
    assertThat(read.distinct.estimate()).isEqualTo(cell.distinct.estimate());
    assertThat(bounds(read)).isEqualTo(bounds(cell));
    assertThat(PeriodCell.newest(bytes)).isEqualTo(1_999 + keys);
    var known = Events.plain("r", "known", 1, 1_000);
    assertThat(read.add(known, null, false, keys - 1, 1_999 + keys)).isFalse();
    assertThat(read.add(known, null, false, keys, 2_000 + keys)).isTrue();
  }

  private static Set<String> bounds(PeriodCell cell) {
    Set<String> bounds = new HashSet<>();
    cell.top
        .counters()
        .forEach(each -> bounds.add(each.key() + " " + each.atLeast() + " " + each.atMost()));
    return bounds;
  }

  @Property(tries = 3_000)
  void shouldRefuseWhatIsCutOffOrChangedOrReadItAsOne(
      @ForAll @IntRange(max = 400) int length,
      @ForAll @IntRange(max = 399) int at,
      @ForAll byte other) {
    PeriodCell cell = new PeriodCell(4);
    for (int i = 0; i < 6; i++) {
      var event = i == 3 ? Events.hashed("r", "h", 1, 1_000) : Events.plain("r", "k" + i, 2, 1_000);
      cell.add(event, KeyName.of(event), false, i, 2_000 + i);
    }
    byte[] bytes = cell.toBytes();
    byte[] broken = Arrays.copyOf(bytes, Math.min(length, bytes.length));
    if (at < broken.length) {
      broken[at] = other;
    }
    try {
      assertThat(PeriodCell.read(broken)).isNotNull();
    } catch (CodecException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    if (broken.length < bytes.length) {
      assertThatExceptionOfType(CodecException.class)
          .isThrownBy(() -> PeriodCell.read(Arrays.copyOf(bytes, broken.length)));
    }
  }

  @Property(tries = 3_000)
  void shouldThrowNothingElseOnAnyBytes(@ForAll byte[] any) {
    for (byte[] bytes : new byte[][] {any, withFormat(any)}) {
      try {
        PeriodKey.read(bytes);
      } catch (CodecException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
      try {
        PeriodCell.read(bytes);
      } catch (CodecException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
      try {
        About.read(bytes);
      } catch (CodecException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
    }
  }

  private static byte[] withFormat(byte[] any) {
    byte[] bytes = new byte[any.length + 1];
    bytes[0] = 1;
    System.arraycopy(any, 0, bytes, 1, any.length);
    return bytes;
  }

  @Test
  void shouldSayThatANewerBuildIsNeeded() {
    byte[] bytes = new PeriodCell(3).toBytes();
    bytes[0] = 2;

    assertThatExceptionOfType(CodecException.class)
        .isThrownBy(() -> PeriodCell.read(bytes))
        .withMessageContaining("newer headgate");
  }

  @Test
  void shouldReadWhatTheRollUpIsMadeOf() {
    About about = new About(ZoneId.of("Europe/Berlin"), 48, 400, 1_234_567);

    assertThat(About.read(about.toBytes())).isEqualTo(about);
  }

  @Test
  void shouldTakeTheRollUpToBeginAnewWithAnotherZone() {
    About berlin = new About(ZoneId.of("Europe/Berlin"), 48, 400, 2_000);
    About before = new About(ZoneId.of("Europe/Berlin"), 24, 30, 1_000);

    assertThat(berlin.after(before))
        .isEqualTo(new About(ZoneId.of("Europe/Berlin"), 48, 400, 1_000));
    assertThat(berlin.after(new About(ZoneId.of("UTC"), 48, 400, 1_000))).isEqualTo(berlin);
  }

  @Provide
  Arbitrary<PeriodKey> keys() {
    Arbitrary<String> names = Arbitraries.strings().withCharRange('\0', '\u07ff').ofMaxLength(20);
    return Combinators.combine(
            Arbitraries.of(PeriodKind.values()),
            Arbitraries.longs(),
            Arbitraries.of(true, false),
            Arbitraries.of("", "UTC", "Europe/Berlin"),
            names,
            names)
        .as(PeriodKey::new);
  }
}
