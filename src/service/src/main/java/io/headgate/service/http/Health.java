package io.headgate.service.http;

import java.util.List;

/**
 * How an instance is at a moment.
 *
 * @param alive false if it has failed, or has ended, and will not recover by itself
 * @param ready whether it judges records now
 * @param reasons why it is not alive or not ready, a line each; none if it is both
 */
public record Health(boolean alive, boolean ready, List<String> reasons) {

  /**
   * Copies the reasons.
   *
   * @param alive false if it has failed, or has ended, and will not recover by itself
   * @param ready whether it judges records now
   * @param reasons why it is not alive or not ready, a line each
   */
  public Health {
    reasons = List.copyOf(reasons);
  }
}
