package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is followed, by what may happen to it. */
class FileInputTest {

  @TempDir private Path directory;

  private final LineQueue queue = new LineQueue();
  private final InputCounts counts = new InputCounts();
  private final AtomicReference<String> failure = new AtomicReference<>();
  private final List<String> lines = new ArrayList<>();
  private Path file = Path.of("");
  private @Nullable FileInput input;

  @BeforeEach
  void name() {
    file = directory.resolve("app.log");
  }

  @AfterEach
  void close() {
    if (input != null) {
      input.close();
      await().atMost(Duration.ofSeconds(20)).until(this::isDone);
    }
    assertThat(failure).hasNullValue();
  }

  private boolean isDone() throws InterruptedException {
    queue.take(100, 0);
    return queue.isDone();
  }

  private void follow(boolean fromStart) {
    FileInput made = new FileInput(file, fromStart, 100, queue, counts, failure::set);
    input = made;
    made.start();
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void awaitLines(String... expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              for (Line line : queue.take(100, 0)) {
                lines.add(new String(line.bytes(), StandardCharsets.UTF_8));
              }
              return lines.size() >= expected.length;
            });
    assertThat(lines).containsExactly(expected);
  }

  @Test
  void shouldReadWhatTheFileHasAndWhatComes() throws IOException {
    append("one\ntwo\nthr");
    follow(true);
    awaitLines("one", "two");

    append("ee\n");
    awaitLines("one", "two", "three");
  }

  @Test
  void shouldWaitForAFileThatIsNotThere() throws IOException {
    follow(false);

    append("first\n");
    awaitLines("first");
  }

  @Test
  void shouldGoOnWithTheFileThatTakesTheName() throws IOException {
    append("one\n");
    follow(true);
    awaitLines("one");

    Path old = directory.resolve("app.log.1");
    Files.move(file, old);
    // Who writes goes on with the old file for a moment.
    Files.writeString(old, "two\nno end", StandardOpenOption.APPEND);
    append("three\n");
    awaitLines("one", "two", "no end", "three");
    assertThat(counts.rotations).hasValue(1);
  }

  @Test
  void shouldReadAFileAnewThatWasCut() throws IOException {
    append("one\ntwo\n");
    follow(true);
    awaitLines("one", "two");

    Files.writeString(file, "x\n", StandardOpenOption.TRUNCATE_EXISTING);
    awaitLines("one", "two", "x");
    append("y\n");
    awaitLines("one", "two", "x", "y");
    assertThat(counts.rotations).hasValue(1);
  }

  @Test
  void shouldLeaveOutWhatWasThereBefore() throws IOException {
    append("old\n");
    follow(false);
    // Whether it has opened the file cannot be seen: lines are appended until one is read.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              append("new\n");
              for (Line line : queue.take(100, 0)) {
                lines.add(new String(line.bytes(), StandardCharsets.UTF_8));
              }
              return !lines.isEmpty();
            });
    assertThat(lines).containsOnly("new");
  }
}
