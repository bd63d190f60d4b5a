package io.headgate.testkit;

import java.util.ArrayList;
import java.util.List;

/** Ports for servers that bind them themselves. Stateless; any thread. */
public final class FreePorts {

  private FreePorts() {}

  /**
   * Chooses ports that are free now, and that no outgoing connection takes: a server may stop, and
   * start again on the same one.
   *
   * @param count how many
   * @return different ports
   */
  public static List<Integer> choose(int count) {
    List<BoundListeners> bound = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        bound.add(BoundListeners.onFreePorts());
      }
      return bound.stream().map(BoundListeners::clientPort).toList();
    } finally {
      bound.forEach(BoundListeners::close);
    }
  }
}
