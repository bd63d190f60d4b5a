package io.headgate.connect;

import io.headgate.JointRateLimiter;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.kafka.common.config.ConfigException;

/**
 * The limiters of {@code scope = worker}, by name: one for all tasks of a worker that name it, gone
 * with its last user. A worker loads a plugin by one class loader, so this class is there once, and
 * its map is the worker's. Any thread.
 */
final class SharedLimiter {

  private static final Map<String, SharedLimiter> BY_NAME = new HashMap<>();

  private final Settings settings;
  private final JointRateLimiter limiter;

  /**
   * Guarded by the class. Weak: Connect closes no transform of a chain in which another could not
   * be configured, and such a one must not keep its settings for ever.
   */
  private final Set<Object> users = Collections.newSetFromMap(new WeakHashMap<>());

  private SharedLimiter(Settings settings) {
    this.settings = settings;
    this.limiter = new JointRateLimiter(settings.limits, settings.maxKeys);
  }

  /**
   * Finds the limiter of a name, or makes it.
   *
   * @param user who holds it, until {@link #release}
   * @throws ConfigException if it is in use with other settings
   */
  static JointRateLimiter acquire(Object user, Settings settings) {
    synchronized (BY_NAME) {
      SharedLimiter shared = BY_NAME.get(settings.name);
      if (shared == null || shared.users.isEmpty()) {
        shared = new SharedLimiter(settings);
        BY_NAME.put(settings.name, shared);
      } else if (!shared.settings.sharesWith(settings)) {
        throw new ConfigException(
            "name: found \""
                + settings.name
                + "\", which tasks of this worker share with "
                + shared.settings.sharedText()
                + "; expected the same and not "
                + settings.sharedText()
                + ", or another name");
      }
      shared.users.add(user);
      return shared.limiter;
    }
  }

  /** Gives a limiter back. */
  static void release(Object user, String name) {
    synchronized (BY_NAME) {
      SharedLimiter shared = BY_NAME.get(name);
      if (shared != null) {
        shared.users.remove(user);
        if (shared.users.isEmpty()) {
          BY_NAME.remove(name);
        }
      }
    }
  }
}
