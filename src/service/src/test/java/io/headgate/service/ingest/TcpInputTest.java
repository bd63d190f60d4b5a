package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections, by how they end. */
class TcpInputTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final LineQueue queue = new LineQueue();
  private final InputCounts counts = new InputCounts();
  private final AtomicInteger port = new AtomicInteger();
  private final List<String> lines = new ArrayList<>();
  private @Nullable TcpInput input;

  @AfterEach
  void close() {
    if (input != null) {
      input.close();
    }
  }

  private TcpInput listen(int maxConnections) {
    TcpInput made = new TcpInput("127.0.0.1", 0, 100, maxConnections, queue, counts, port::set);
    input = made;
    made.start();
    return made;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.get());
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private void take() throws InterruptedException {
    for (Line line : queue.take(10_000, 10)) {
      lines.add(new String(line.bytes(), StandardCharsets.UTF_8));
    }
  }

  private void awaitLines(int count) {
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              take();
              return lines.size() >= count;
            });
  }

  private void awaitEnd() {
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              take();
              return queue.isDone();
            });
  }

  @Test
  void shouldTakeTheLastLineOfASenderWhoEnds() throws IOException {
    TcpInput tcp = listen(10);
    try (Socket socket = connect()) {
      send(socket, "one\nlast");
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).as("it closes too").isEqualTo(-1);
    }
    tcp.close();
    awaitEnd();

    assertThat(lines).containsExactly("one", "last");
    assertThat(counts.cutOff).hasValue(0);
  }

  @Test
  void shouldLeaveOutALineThatIsCutOffByAReset() throws IOException {
    TcpInput tcp = listen(10);
    try (Socket socket = connect()) {
      send(socket, "one\namount=10");
      awaitLines(1);
      // It is closed with a reset, as by a sender that crashes or a network that gives up.
      socket.setSoLinger(true, 0);
    }
    await().atMost(LIMIT).untilAtomic(counts.cutOff, count -> assertThat(count).isEqualTo(1));
    tcp.close();
    awaitEnd();

    assertThat(lines).containsExactly("one");
  }

  @Test
  void shouldLeaveOutALineThatHasBegunWhenItIsStopped() throws IOException {
    TcpInput tcp = listen(10);
    try (Socket begun = connect();
        Socket whole = connect()) {
      send(begun, "one\namount=10");
      send(whole, "two\n");
      awaitLines(2);
      tcp.close();
      awaitEnd();
    }

    assertThat(lines).containsExactlyInAnyOrder("one", "two");
    assertThat(counts.cutOff).hasValue(1);
  }

  @Test
  void shouldTakeTheLastLineOfASenderWhoEndedWhileTheQueueWasFull() throws IOException {
    TcpInput tcp = listen(10);
    int whole = 10_000;
    try (Socket socket = connect()) {
      send(socket, String.join("\n", Collections.nCopies(whole, "a line")) + "\nlast");
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).as("it closes too").isEqualTo(-1);
    }
    Thread stopping = new Thread(tcp::close);
    stopping.start();
    awaitEnd();

    assertThat(lines).hasSize(whole + 1).endsWith("a line", "last");
    assertThat(counts.cutOff).hasValue(0);
  }

  @Test
  void shouldTakeTheLinesOfASenderWhoEndedAsHeSentThemHoweverManyWait() throws IOException {
    listen(10);
    List<String> sent = new ArrayList<>();
    try (Socket socket = connect()) {
      // More than Vert.x holds in one place for a paused connection, and less than it reads.
      for (int i = 0; i < 36_000; i++) {
        sent.add("line number " + i + " of some length");
      }
      send(socket, String.join("\n", sent));
      socket.shutdownOutput();
      socket.setSoTimeout(5_000);
      assertThat(socket.getInputStream().read()).as("it closes too").isEqualTo(-1);
    } catch (SocketTimeoutException e) {
      // It has read less at a time, and reads the rest when there is room.
    }
    awaitLines(sent.size());

    assertThat(lines.equals(sent)).as("the lines that were sent").isTrue();
  }

  @Test
  void shouldWarnOnceOfConnectionsThatAreTooMany() throws IOException {
    listen(1);
    PrintStream err = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (Socket open = connect()) {
      send(open, "one\n");
      awaitLines(1);
      for (int i = 0; i < 5; i++) {
        try (Socket refused = connect()) {
          assertThat(refused.getInputStream().read()).isEqualTo(-1);
        }
      }
    } finally {
      System.setErr(err);
    }

    assertThat(counts.refusedConnections).hasValue(5);
    assertThat(log.toString(StandardCharsets.UTF_8))
        .containsOnlyOnce("connections refused so far")
        .contains(
            "--listen 127.0.0.1:" + port + ": 1 connections refused so far, the last one from ",
            ": 1 are open, as many as --max-connections allows");
  }

  @Test
  void shouldHaveTheSystemFindSendersThatVanished() {
    assertThat(TcpInput.options("127.0.0.1", 1).isTcpKeepAlive()).isTrue();
  }
}
