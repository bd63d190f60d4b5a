package io.headgate.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSlabTest {

  private static final int PAGE_BYTES = 64 * 1024;

  @ParameterizedTest
  @ValueSource(ints = {8, 24, 256, 264, 1_000, 32_768, 40_000, 65_536})
  void shouldGiveEverySlotBytesThatNoOtherHas(int stride) {
    int last = 300;
    EventSlab slab = new EventSlab(last, stride);
    for (int index = 0; index <= last; index++) {
      slab.ensure(index);
      int offset = slab.offset(index);
      assertThat(offset).isBetween(0, slab.page(index).length - stride);
      assertThat(offset % 8).isZero();
      Arrays.fill(slab.page(index), offset, offset + stride, (byte) index);
    }
    for (int index = 0; index <= last; index++) {
      byte[] page = slab.page(index);
      int offset = slab.offset(index);
      assertThat(page[offset]).isEqualTo((byte) index);
      assertThat(page[offset + stride - 1]).isEqualTo((byte) index);
    }
    assertThat(slab.stride()).isEqualTo(stride);
  }

  @Test
  void shouldHoldNoPageBeforeASlotOfItIsEnsured() {
    EventSlab slab = new EventSlab(Handle.MAX_INDEX, 256);
    assertThat(slab.bytes()).isZero();

    slab.ensure(5);
    assertThat(slab.bytes()).isEqualTo(PAGE_BYTES);
    slab.ensure(255);
    assertThat(slab.bytes()).isEqualTo(PAGE_BYTES);
    slab.ensure(Handle.MAX_INDEX);
    assertThat(slab.bytes()).isEqualTo(2 * PAGE_BYTES);
    assertThat(slab.page(Handle.MAX_INDEX)).isNotSameAs(slab.page(5));
    assertThat(slab.page(0)).isSameAs(slab.page(255));
  }

  @Test
  void shouldKeepAPageThatIsThere() {
    EventSlab slab = new EventSlab(10, 256);
    slab.ensure(3);
    byte[] page = slab.page(3);
    page[slab.offset(3)] = 7;

    slab.ensure(3);
    slab.ensure(4);

    assertThat(slab.page(3)).isSameAs(page);
    assertThat(slab.page(3)[slab.offset(3)]).isEqualTo((byte) 7);
  }

  @Test
  void shouldNotGiveAPageThatWasNeverEnsured() {
    EventSlab slab = new EventSlab(1_000, 256);
    slab.ensure(0);

    assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> slab.page(1_000));
  }

  @ParameterizedTest
  @ValueSource(ints = {-8, 0, 4, 12, 65_537, 65_544})
  void shouldRefuseASlotThatIsNoMultipleOfEightOrTooLong(int stride) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EventSlab(10, stride))
        .withMessage(
            "slot of " + stride + " bytes: expected a multiple of 8, from 8 to " + PAGE_BYTES);
  }
}
