package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.TopicReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.cli.ConnectStandalone;
import org.apache.kafka.connect.runtime.Connect;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.connect.util.FutureCallback;

/** A Connect worker in this JVM that has the plugin as an operator has it: from its zip. */
final class ConnectWorker implements AutoCloseable {

  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String brokers;
  private final Connect<StandaloneHerder> connect;

  private ConnectWorker(String brokers, Connect<StandaloneHerder> connect) {
    this.brokers = brokers;
    this.connect = connect;
  }

  /**
   * Starts a worker by {@code config/connect/worker.properties}.
   *
   * @param brokers of Kafka
   * @param pluginPath folders of plugins
   * @param directory where it keeps its offsets
   */
  static ConnectWorker start(String brokers, String pluginPath, Path directory) {
    Properties file = new Properties();
    try (InputStream in = Files.newInputStream(config("worker.properties"))) {
      file.load(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Map<String, String> properties = new HashMap<>();
    file.stringPropertyNames().forEach(name -> properties.put(name, file.getProperty(name)));
    properties.put("bootstrap.servers", brokers);
    properties.put("plugin.path", pluginPath);
    properties.put("offset.storage.file.filename", directory.resolve("offsets").toString());
    properties.put("offset.flush.interval.ms", "500");
    properties.put("listeners", "http://127.0.0.1:0");
    Connect<StandaloneHerder> connect = new ConnectStandalone().startConnect(properties);
    connect.herder().ready();
    return new ConnectWorker(brokers, connect);
  }

  private static Path config(String name) {
    return Checkout.root().resolve("config").resolve("connect").resolve(name);
  }

  /** A file of {@code config/connect}, with other brokers and what else is other here. */
  Map<String, String> connector(String file, String... more) {
    try {
      Map<String, String> config =
          JSON.readValue(config(file).toFile(), new TypeReference<HashMap<String, String>>() {});
      config.replaceAll((name, value) -> name.endsWith("bootstrap.servers") ? brokers : value);
      for (int i = 0; i < more.length; i += 2) {
        config.put(more[i], more[i + 1]);
      }
      return config;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts a connector, and waits until it and its tasks run. */
  void run(Map<String, String> config) throws Exception {
    String name = config.getOrDefault("name", "");
    FutureCallback<
            org.apache.kafka.connect.runtime.Herder.Created<
                org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo>>
        done = new FutureCallback<>();
    connect.herder().putConnectorConfig(name, config, true, done);
    done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    await().atMost(LIMIT).untilAsserted(() -> assertThat(states(name)).containsOnly("RUNNING"));
  }

  private List<String> states(String name) {
    ConnectorStateInfo info = connect.herder().connectorStatus(name);
    List<String> states =
        new java.util.ArrayList<>(info.tasks().stream().map(task -> task.state()).toList());
    // A connector without a task yet does not run yet.
    states.add(info.tasks().isEmpty() ? "NO TASKS" : info.connector().state());
    return states;
  }

  /** Says why a connector's first task failed. */
  String failure(String name) {
    return connect.herder().connectorStatus(name).tasks().stream()
        .filter(task -> task.state().equals("FAILED"))
        .map(task -> task.trace())
        .findFirst()
        .orElse("");
  }

  /** Starts a connector whose tasks need not run. */
  void put(Map<String, String> config) throws Exception {
    FutureCallback<
            org.apache.kafka.connect.runtime.Herder.Created<
                org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo>>
        done = new FutureCallback<>();
    connect.herder().putConnectorConfig(config.getOrDefault("name", ""), config, true, done);
    done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  void restartTask(String name) throws Exception {
    FutureCallback<Void> done = new FutureCallback<>();
    connect.herder().restartTask(new ConnectorTaskId(name, 0), done);
    done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  void delete(String name) throws Exception {
    FutureCallback<
            org.apache.kafka.connect.runtime.Herder.Created<
                org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo>>
        done = new FutureCallback<>();
    connect.herder().deleteConnectorConfig(name, done);
    done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Makes a plugin as a task would. */
  Object plugin(String className) throws Exception {
    return connect.herder().plugins().newPlugin(className, null);
  }

  /** Asks Connect what it has against a connector's options: messages by option. */
  Map<String, List<String>> validate(Map<String, String> config) throws Exception {
    String plugin = config.getOrDefault("connector.class", "").replaceAll(".*\\.", "");
    JsonNode answer =
        rest(
            "PUT",
            "connector-plugins/" + plugin + "/config/validate",
            JSON.writeValueAsString(config));
    Map<String, List<String>> errors = new HashMap<>();
    for (JsonNode option : answer.get("configs")) {
      JsonNode value = option.get("value");
      List<String> messages =
          JSON.convertValue(value.get("errors"), new TypeReference<List<String>>() {});
      if (!messages.isEmpty()) {
        errors.put(value.get("name").asText(), messages);
      }
    }
    return errors;
  }

  JsonNode rest(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(connect.rest().advertisedUrl().resolve("/" + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  /** The values of a topic, as text. */
  List<String> values(String topic) {
    return TopicReader.readAll(brokers, topic, LIMIT).stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  List<BlockedEvent> events(String topic) {
    EventDeserializer reader = new EventDeserializer();
    return TopicReader.readAll(brokers, topic, LIMIT).stream()
        .map(record -> reader.deserialize(topic, record.value()))
        .toList();
  }

  long blocked(String topic) {
    return events(topic).stream().mapToLong(BlockedEvent::count).sum();
  }

  @Override
  public void close() {
    connect.stop();
    connect.awaitStop();
  }
}
