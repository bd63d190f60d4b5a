package io.headgate.examples.demo;

import io.headgate.RateLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the demo is asked for, checked.
 *
 * @param limit what each key is allowed
 * @param partitions of each topic
 * @param guarantee Kafka Streams' processing guarantee, by its name
 * @param port where the page is; 0 for a free port
 * @param token what changes over HTTP need
 * @param feedFor how long records are fed at the most; null for until the source ends
 */
record DemoOptions(
    RateLimit limit,
    int partitions,
    String guarantee,
    int port,
    String token,
    @Nullable Duration feedFor) {}
