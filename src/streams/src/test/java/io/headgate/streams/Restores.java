package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** What an instance has read of its changelogs, from where, and in which threads. */
final class Restores implements StateRestoreListener {
  record Start(TopicPartition changelog, long from) {}

  final List<Start> starts = new CopyOnWriteArrayList<>();
  final AtomicLong rows = new AtomicLong();
  private final Set<String> threads = ConcurrentHashMap.newKeySet();

  @Override
  public void onRestoreStart(TopicPartition changelog, String store, long from, long to) {
    starts.add(new Start(changelog, from));
    threads.add(Thread.currentThread().getName());
  }

  @Override
  public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {
    rows.addAndGet(count);
    threads.add(Thread.currentThread().getName());
  }

  @Override
  public void onRestoreEnd(TopicPartition changelog, String store, long total) {}

  static boolean isWarm(Start start) {
    return start.from() > 0;
  }

  /** The stream threads go on with other tasks meanwhile. */
  void wereAllTheStateUpdaters() {
    assertThat(threads).isNotEmpty().allMatch(name -> name.contains("-StateUpdater-"));
  }
}
