package io.headgate.service.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RootMessageTest {

  private static final String OURS = "pattern \"(a|b)*\": too long for it";
  private static final String ROOT = "For input string: \"x\"";

  private static Throwable root() {
    return catchThrowable(() -> Integer.parseInt("x"));
  }

  /** As others wrap what they are given. */
  private static Throwable wrapped(Throwable error) {
    return catchThrowable(() -> CompletableFuture.failedFuture(error).join());
  }

  @Test
  void whatHeadgateSaysGoesBeforeWhatCausedIt() {
    Throwable error = wrapped(new IllegalArgumentException(OURS + "\nand more", root()));
    assertThat(RootMessage.ofOurs(error)).isEqualTo(OURS);
    assertThat(RootMessage.of(error)).isEqualTo(ROOT);
  }

  @Test
  void theInnermostThatHeadgateThrewSaysMost() {
    Throwable inner = new IllegalStateException(OURS, root());
    assertThat(RootMessage.ofOurs(new IllegalStateException("limiter x", wrapped(inner))))
        .isEqualTo(OURS);
  }

  @Test
  void whereHeadgateSaysNothingTheRootDoes() {
    assertThat(RootMessage.ofOurs(wrapped(root()))).isEqualTo(ROOT);
  }

  @Test
  void anErrorWithoutAMessageIsNamed() {
    assertThat(RootMessage.ofOurs(new StackOverflowError()))
        .isEqualTo("java.lang.StackOverflowError");
  }
}
