package io.headgate.bench.e2e;

import io.headgate.testkit.ProcessCluster;
import io.headgate.testkit.Topics;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** A broker with the workloads' topics, for applications to run on. Belongs to one thread. */
final class Lab implements AutoCloseable {

  private static final int FEED_BATCH = 64 * 1024;
  private static final long LIMIT_SECONDS = 120;

  private static final List<String> BROKER_OPTIONS =
      List.of(
          "-Xms1g",
          "-Xmx1g",
          "-XX:+UseG1GC",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
          "-Dorg.slf4j.simpleLogger.showDateTime=true");

  private static final Map<String, String> BROKER_SETTINGS =
      // The records are old by their own time, and none of them may go while they are measured.
      Map.of("log.retention.ms", "-1", "log.cleaner.enable", "false");

  private final Path directory;
  private final @Nullable Path profiles;
  private final ProcessCluster cluster;
  private final Admin admin;
  private final Set<String> fed = new HashSet<>();
  private final Map<String, Integer> applications = new HashMap<>();

  /**
   * Starts the broker.
   *
   * @param directory for all that is written; the caller deletes it
   * @param profiles where flight recordings go; null for none
   */
  Lab(Path directory, @Nullable Path profiles) {
    this.directory = directory;
    this.profiles = profiles;
    cluster = ProcessCluster.start(1, directory, BROKER_SETTINGS, BROKER_OPTIONS);
    admin = Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap()));
  }

  String bootstrap() {
    return cluster.bootstrapServers();
  }

  /** An application's id, which no other has. */
  String newApplication(String group, Variant variant) {
    String name = group + "-" + variant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    int number = applications.merge(name, 1, Integer::sum);
    return number == 1 ? name : name + "-" + number;
  }

  /** Writes a workload's records to its topic, once. */
  void feed(Workload workload) {
    if (!fed.add(workload.topic())) {
      return;
    }
    create(workload.topic(), workload.partitions());
    byte[] value = new byte[Workload.VALUE_BYTES];
    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    try (Producer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap(),
                ProducerConfig.BATCH_SIZE_CONFIG,
                FEED_BATCH),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (long i = 0; i < workload.records(); i++) {
        for (int at = 0; at < value.length; at++) {
          value[at] = (byte) (at % Long.BYTES == 0 ? Workload.mix(i + at) : value[at - 1] * 31 + 7);
        }
        var unused =
            producer.send(
                new ProducerRecord<>(
                    workload.topic(), null, workload.time(i), workload.key(i), value),
                (metadata, error) -> {
                  if (error != null) {
                    failure.set(error);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException("the records were not taken", failure.get());
    }
  }

  /** Starts an application, with topics of its own if it has none yet. */
  Subject start(Setup setup, int partitions) {
    if (!get(admin.listTopics().names()).contains(setup.output())) {
      create(setup.output(), partitions);
      create(setup.blocked(), partitions);
    }
    return new Subject(setup, directory, profiles);
  }

  void create(String topic, int partitions) {
    Topics.create(admin, List.of(new NewTopic(topic, partitions, (short) 1)));
  }

  /** Bytes of an application's changelogs. */
  long changelogBytes(String application) {
    long bytes = 0;
    for (Map<String, LogDirDescription> broker :
        get(admin.describeLogDirs(List.of(1)).allDescriptions()).values()) {
      for (LogDirDescription disk : broker.values()) {
        for (var replica : disk.replicaInfos().entrySet()) {
          String topic = replica.getKey().topic();
          if (topic.startsWith(application + "-") && topic.endsWith("-changelog")) {
            bytes += replica.getValue().size();
          }
        }
      }
    }
    return bytes;
  }

  /** Deletes what an application has on the broker. */
  void forget(String application) {
    Collection<String> topics =
        get(admin.listTopics().names()).stream()
            .filter(topic -> topic.startsWith(application + "-"))
            .toList();
    get(admin.deleteTopics(topics).all());
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the broker does not do as it is told", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    admin.close();
    cluster.close();
  }
}
