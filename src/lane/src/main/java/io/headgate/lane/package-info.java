/**
 * The analytics lane: takes the facts of blocked records from the threads that judge, and puts them
 * on a topic of their own from one dedicated thread. {@link io.headgate.lane.BlockedEvent} and its
 * serde are what consumers of that topic need.
 *
 * <p>Knows slots, rings, events and a Kafka producer; must not know Kafka Streams or Kafka Connect,
 * how a record was judged, or what becomes of it.
 */
@NullMarked
package io.headgate.lane;

import org.jspecify.annotations.NullMarked;
