package io.headgate.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The service as a process of its own: signals and exit codes. */
class ProcessIT {

  @RegisterExtension static final SharedRig SHARED = new SharedRig();

  private final ServiceRig rig = SHARED.get();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private final String application = ServiceRig.unique("edge");

  private Process run(Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            // Before the log of the tests, which says less.
            "-Dorg.slf4j.simpleLogger.log.io.headgate=info",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Main.class.getName(),
            "run",
            file.toString())
        .redirectOutput(directory.resolve("out").toFile())
        .redirectError(directory.resolve("err").toFile())
        .start();
  }

  private String err() throws IOException {
    return Files.readString(directory.resolve("err"));
  }

  private static void awaitEnd(Process process) throws InterruptedException {
    if (!process.waitFor(ServiceRig.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it does not end");
    }
  }

  @Test
  void shouldEndInOrderWhenItIsToldTo() throws Exception {
    String in = rig.topic("in", 2);
    String out = rig.topic("out", 2);
    String blocked = rig.topic("blocked", 1);
    List<String> lines =
        rig.lines(
            application,
            directory.resolve("state"),
            "sources: [ " + in + " ]",
            "output: " + out,
            "blocked: " + blocked,
            "rules: { rules: [ { name: all, limits: [ 5/1h ] } ] }");
    // What is committed in the end, the end has committed.
    lines.replaceAll(
        line -> line.replace("commit.interval.ms: 200", "commit.interval.ms: 3600000"));
    Process process = run(ServiceRig.write(directory.resolve("headgate.yaml"), lines));
    try {
      await().atMost(ServiceRig.LIMIT).until(() -> err().contains(": RUNNING"));
      rig.send(in, 2, 4, 20);
      await()
          .atMost(ServiceRig.LIMIT)
          .failFast(() -> assertThat(process.isAlive()).isTrue())
          .until(() -> rig.read(out).size() == 20);
      assertThat(rig.isCommitted(application, in)).isFalse();
      process.destroy();
      awaitEnd(process);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(err()).isZero();
    assertThat(rig.isCommitted(application, in)).isTrue();
    assertThat(rig.blocked(blocked)).isEqualTo(60);
    assertThat(err()).contains(": PENDING_SHUTDOWN", ": ended");
  }

  @Test
  void shouldEndWithOneWhenItFails() throws Exception {
    String in = rig.topic("in", 1);
    List<String> lines =
        rig.lines(
            application,
            directory.resolve("state"),
            "sources: [ " + in + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 9/1h ], cost: { field: /n } } ] }");
    rig.send(List.of(new ProducerRecord<>(in, "k".getBytes(UTF_8), "{\"n\":-1}".getBytes(UTF_8))));
    Process process = run(ServiceRig.write(directory.resolve("headgate.yaml"), lines));
    try {
      awaitEnd(process);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(err()).isEqualTo(1);
    assertThat(err()).contains("headgate run: cost -1 in field /n: expected 0 or more\n");
  }
}
