package io.headgate.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class SequenceLockTest {

  private final SequenceLock lock = new SequenceLock();

  @Test
  void aReadThatNoWriteDisturbsIsWhole() {
    long first = lock.beginRead();
    assertThat(first & 1).isZero();
    assertThat(lock.endRead(first)).isTrue();
    assertThat(lock.endRead(first)).as("and again").isTrue();
    lock.beginWrite();
    lock.endWrite();
    long second = lock.beginRead();
    assertThat(second).isNotEqualTo(first);
    assertThat(lock.endRead(second)).isTrue();
  }

  @Test
  void aReadIsNotWholeIfAWriteBeganInIt() {
    long stamp = lock.beginRead();
    lock.beginWrite();
    assertThat(lock.endRead(stamp)).isFalse();
    lock.endWrite();
    assertThat(lock.endRead(stamp)).as("and ended").isFalse();
  }

  @Test
  void aReadThatBeginsInAWriteIsNeverWhole() {
    lock.beginWrite();
    long stamp = lock.beginRead();
    assertThat(stamp & 1).isOne();
    assertThat(lock.isWriting()).isTrue();
    assertThat(lock.endRead(stamp)).isFalse();
    lock.endWrite();
    assertThat(lock.isWriting()).isFalse();
    assertThat(lock.endRead(stamp)).isFalse();
  }

  @Test
  void aWriteInsideAWriteIsCaught() {
    lock.beginWrite();
    assertThatExceptionOfType(AssertionError.class).isThrownBy(lock::beginWrite);
  }

  @Test
  void theEndOfNoWriteIsCaught() {
    assertThatExceptionOfType(AssertionError.class).isThrownBy(lock::endWrite);
  }
}
