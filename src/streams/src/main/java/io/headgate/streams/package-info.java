/**
 * The Kafka Streams operator: {@link io.headgate.streams.Headgate} is the drop-in; the store keeps
 * the windows, writes what changed at each commit, and holds the commit until the lane's events are
 * on their topic; {@link io.headgate.streams.LimiterView} looks into them while they are kept.
 *
 * <p>Knows Kafka Streams, and is the only package that does; all that touches its internals stands
 * in {@code PreCommitHook}, {@code TaskChangelog}, {@code TaskOutput} and {@code LimiterStores}.
 * Must not know how an event is encoded or sent.
 */
@NullMarked
package io.headgate.streams;

import org.jspecify.annotations.NullMarked;
