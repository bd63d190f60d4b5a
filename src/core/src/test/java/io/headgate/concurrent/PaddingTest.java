package io.headgate.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.FieldLayout;

/**
 * The padding is where it is said to be: this JVM lays out what two threads write at least two
 * cache lines apart, and as far from whatever else is in memory.
 */
class PaddingTest {

  private static final int PAIR_OF_LINES = 128;

  private static final List<String> SHARED = List.of("slots", "mask", "close");
  private static final List<String> PRODUCER = List.of("tail", "next", "headCopy", "producer");
  private static final List<String> CONSUMER =
      List.of("head", "take", "tailCopy", "found", "consumer");
  private static final List<String> STATE = List.of("state");

  private final ClassLayout ring = ClassLayout.parseClass(SpscLongRing.class);
  private final ClassLayout lock = ClassLayout.parseClass(SpinLock.class);

  private static Stream<FieldLayout> fields(ClassLayout layout, List<String> names) {
    return layout.fields().stream().filter(field -> names.contains(field.name()));
  }

  private static long start(ClassLayout layout, List<String> names) {
    return fields(layout, names).mapToLong(FieldLayout::offset).min().orElseThrow();
  }

  private static long end(ClassLayout layout, List<String> names) {
    return fields(layout, names)
        .mapToLong(field -> field.offset() + field.size())
        .max()
        .orElseThrow();
  }

  private static List<String> notPadding(ClassLayout layout) {
    return layout.fields().stream()
        .map(FieldLayout::name)
        .filter(name -> !name.matches("[a-z][0-9]{2}"))
        .toList();
  }

  @Test
  void shouldNameEveryFieldThatIsNoPadding() {
    assertThat(notPadding(ring))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(SHARED, PRODUCER, CONSUMER).flatMap(List::stream).toList());
    assertThat(notPadding(lock)).containsExactlyInAnyOrder("state", "spins");
  }

  @Test
  void shouldKeepTheProducersFieldsApartFromAllOthers() {
    assertThat(start(ring, PRODUCER) - end(ring, SHARED)).isGreaterThanOrEqualTo(PAIR_OF_LINES);
    assertThat(start(ring, CONSUMER) - end(ring, PRODUCER)).isGreaterThanOrEqualTo(PAIR_OF_LINES);
  }

  @Test
  void shouldKeepTheConsumersFieldsApartFromWhateverFollows() {
    assertThat(ring.instanceSize() - end(ring, CONSUMER)).isGreaterThanOrEqualTo(PAIR_OF_LINES);
  }

  @Test
  void shouldKeepWhatASideWritesTogether() {
    assertThat(end(ring, PRODUCER) - start(ring, PRODUCER)).isLessThanOrEqualTo(64);
    assertThat(end(ring, CONSUMER) - start(ring, CONSUMER)).isLessThanOrEqualTo(64);
  }

  @Test
  void shouldKeepTheStateOfALockApartFromWhateverIsAroundIt() {
    assertThat(start(lock, STATE)).isGreaterThanOrEqualTo(PAIR_OF_LINES);
    assertThat(lock.instanceSize() - end(lock, STATE)).isGreaterThanOrEqualTo(PAIR_OF_LINES);
  }
}
