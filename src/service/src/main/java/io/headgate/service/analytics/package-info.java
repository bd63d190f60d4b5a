/**
 * What was blocked, by rule, hour and day: rolled up from the topic of blocked records, and
 * reported.
 *
 * <p>Knows blocked events and Kafka Streams; must not know rules, the limiter or HTTP.
 */
@NullMarked
package io.headgate.service.analytics;

import org.jspecify.annotations.NullMarked;
