package io.headgate.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headgate.service.http.Browser;
import io.headgate.service.run.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page of a service that runs on a broker, in a real browser: {@code
 * src/test/browser/live.test.mjs}. What the page says is held against what the topics hold.
 */
class LivePageIT {

  @RegisterExtension static final SharedRig SHARED = new SharedRig();

  private static final String TOKEN = "a-token-for-tests-only";
  private static final int PARTITIONS = 2;

  private final ServiceRig rig = SHARED.get();
  private final String application = ServiceRig.unique("page");
  private final String input = rig.topic("page-in", PARTITIONS);
  private final String output = rig.topic("page-out", PARTITIONS);
  private final String blocked = rig.topic("page-blocked", PARTITIONS);
  private final String limits = rig.limitsTopic();

  @TempDir Path directory;

  @Test
  void shouldShowWhatTheTopicsHoldAndChangeWhatItIsToldTo() throws Exception {
    Browser browser = Browser.find();
    Files.writeString(directory.resolve("token"), TOKEN);
    List<String> lines = new ArrayList<>(rig.lines(application, directory.resolve("state")));
    lines.remove("analytics: off");
    lines.remove("http: off");
    lines.addAll(
        List.of(
            "sources: [ " + input + " ]",
            "output: " + output,
            "blocked: " + blocked,
            "limits: " + limits,
            "rules: { rules: [ { name: default, limits: [ 10/1h ] } ] }",
            "http: { listen: \"127.0.0.1:0\", token-file: token, write: true }"));
    Path file = ServiceRig.write(directory.resolve("headgate.yaml"), lines);
    HttpServer control =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    control.createContext("/", this::answer);
    try (Service service = ServiceRig.start(file)) {
      control.start();
      browser.test(
          "live.test.mjs",
          Map.of(
              "PAGE_URL",
              service.address().orElseThrow(),
              "CONTROL_URL",
              "http://127.0.0.1:" + control.getAddress().getPort(),
              "TOKEN",
              TOKEN));
    } finally {
      control.stop(0);
    }
    assertThat(Browser.shots().resolve("live.png")).exists();
  }

  /**
   * {@code /feed/KEY/N} sends N records of a key and of now, and waits until they are judged and
   * committed; any request is answered by what the topics hold then.
   */
  private void answer(HttpExchange exchange) throws IOException {
    String[] parts = exchange.getRequestURI().getPath().split("/", -1);
    if (parts.length == 4 && parts[1].equals("feed")) {
      feed(parts[2], Integer.parseInt(parts[3]));
    }
    byte[] body = tally().getBytes(UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void feed(String key, int records) {
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    long now = System.currentTimeMillis();
    for (int i = 0; i < records; i++) {
      int partition = Math.floorMod(key.hashCode(), PARTITIONS);
      all.add(
          new ProducerRecord<>(
              input, partition, now, key.getBytes(UTF_8), ("v" + i).getBytes(UTF_8)));
    }
    rig.send(all);
    rig.awaitCommitted(application, input);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> rig.read(output).size() + rig.blocked(blocked) == rig.sent(input));
  }

  private String tally() {
    return "{\"admitted\":%d,\"blocked\":%d,\"byKey\":{%s}}"
        .formatted(
            rig.read(output).size(),
            rig.blocked(blocked),
            String.join(
                ",",
                rig.byKey(output).entrySet().stream()
                    .map(each -> "\"" + each.getKey() + "\":" + each.getValue())
                    .toList()));
  }
}
