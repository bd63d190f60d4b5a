package io.headgate.memory;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class HandleTest {

  @Property
  void shouldReadBackWhatWasPacked(
      @ForAll @LongRange(min = 0, max = Handle.MAX_GENERATION) long generation,
      @ForAll @IntRange(min = 0, max = Handle.MAX_INDEX) int index) {
    long handle = Handle.of(generation, index);

    assertThat(Handle.generation(handle)).isEqualTo(generation);
    assertThat(Handle.index(handle)).isEqualTo(index);
  }

  @Property
  void shouldReadAnyNumberAsAHandle(@ForAll long handle) {
    assertThat(Handle.generation(handle)).isBetween(0L, Handle.MAX_GENERATION);
    assertThat(Handle.index(handle)).isBetween(0, Handle.MAX_INDEX);
    assertThat(Handle.of(Handle.generation(handle), Handle.index(handle))).isEqualTo(handle);
  }

  @Test
  void shouldEndTheLastGenerationAlive() {
    assertThat(Handle.MAX_GENERATION & 1).isEqualTo(1);
    assertThat(Handle.generation(Handle.NONE) & 1).isZero();
    assertThat(Handle.of(Handle.MAX_GENERATION, Handle.MAX_INDEX)).isEqualTo(-1);
  }
}
