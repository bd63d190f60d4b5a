package io.headgate.service.http;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Answers that take long, asked for once and given to all who ask in the same moment. What failed
 * is asked for anew. For the event loop's thread alone.
 *
 * @param <K> what is asked
 * @param <T> what is answered
 */
final class Shared<K, T> {

  private record Answer<T>(Future<T> value, long until) {}

  private final long keepMillis;
  private final Function<K, Future<T>> source;
  private final Map<K, Answer<T>> answers;

  Shared(long keepMillis, int most, Function<K, Future<T>> source) {
    this.keepMillis = keepMillis;
    this.source = source;
    this.answers =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, Answer<T>> eldest) {
            return size() > most;
          }
        };
  }

  Future<T> get(K question, long nowMillis) {
    Answer<T> known = answers.get(question);
    if (known != null
        && (!known.value.isComplete() || (known.until > nowMillis && known.value.succeeded()))) {
      return known.value;
    }
    answers.remove(question);
    Future<T> asked = source.apply(question);
    answers.put(question, new Answer<>(asked, nowMillis + keepMillis));
    return asked;
  }

  /** Forgets all: what is asked for next is asked for anew. */
  void clear() {
    answers.clear();
  }
}
