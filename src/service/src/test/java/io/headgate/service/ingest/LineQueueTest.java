package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Room for lines, and who waits for it. */
class LineQueueTest {

  private static final Line SMALL = new Line(new byte[] {1}, "");

  private final LineQueue queue = new LineQueue();

  @Test
  void shouldHaveAReaderWaitForRoom() throws InterruptedException {
    AtomicInteger put = new AtomicInteger();
    Thread reader =
        new Thread(
            () -> {
              try {
                while (queue.put(SMALL)) {
                  put.incrementAndGet();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    reader.start();
    await().until(() -> reader.getState() == Thread.State.WAITING);
    int full = put.get();
    assertThat(full).isPositive();

    assertThat(queue.take(full, 0)).hasSize(full);
    await().until(() -> put.get() == 2 * full && reader.getState() == Thread.State.WAITING);
    queue.end();
    reader.join(10_000);

    assertThat(reader.isAlive()).isFalse();
    assertThat(queue.take(3 * full, 0)).hasSize(full);
    assertThat(queue.isDone()).isTrue();
  }

  @Test
  void shouldBoundBytesToo() {
    Line large = new Line(new byte[1 << 20], "");
    int added = 1;
    while (queue.add(large)) {
      added++;
    }
    assertThat(added).isEqualTo(16);
  }

  @Test
  void shouldTellOnceWhenThereIsRoomAgain() throws InterruptedException {
    AtomicInteger told = new AtomicInteger();
    queue.onRoom(told::incrementAndGet);
    int added = 1;
    while (queue.add(SMALL)) {
      added++;
    }
    assertThat(queue.add(SMALL)).isFalse();

    assertThat(queue.take(added / 2, 0)).hasSize(added / 2);
    assertThat(told).hasValue(0);
    assertThat(queue.take(added, 0)).hasSize(added / 2 + 1);
    assertThat(told).hasValue(1);
    assertThat(queue.take(1, 1)).isEmpty();
    assertThat(told).hasValue(1);
  }

  @Test
  void shouldTakeNothingMoreOnceEnded() throws InterruptedException {
    queue.put(SMALL);
    queue.end();

    assertThat(queue.put(SMALL)).isFalse();
    assertThat(queue.add(SMALL)).isTrue();
    assertThat(queue.isDone()).isFalse();
    assertThat(queue.take(10, 1_000)).isEqualTo(List.of(SMALL));
    assertThat(queue.take(10, 1_000)).isEmpty();
    assertThat(queue.isDone()).isTrue();
  }
}
