package io.headgate.service.analytics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/** A store in a map, which counts what is written to it. */
final class MapStore implements RollupBook.Store {

  final Map<Bytes, byte[]> written = new HashMap<>();
  final Set<Bytes> changed = new LinkedHashSet<>();
  int writes;

  @Override
  public byte @Nullable [] read(Bytes key) {
    return written.get(key);
  }

  @Override
  public void write(Bytes key, byte[] value) {
    written.put(key, value);
    writes++;
  }

  @Override
  public void changed(Bytes key) {
    changed.add(key);
  }

  /** What Kafka Streams does before a commit. */
  void commit(RollupBook book) {
    new ArrayList<>(changed).forEach(book::flush);
    changed.clear();
  }

  /** The cells that were written. */
  Map<PeriodKey, PeriodCell> cells() {
    Map<PeriodKey, PeriodCell> cells = new HashMap<>();
    written.forEach((key, value) -> cells.put(PeriodKey.read(key.get()), PeriodCell.read(value)));
    return cells;
  }
}
