/**
 * Lines of text to records: limited before they are sent.
 *
 * <p>Knows the limiter of one process and a producer; must not know Kafka Streams.
 */
@NullMarked
package io.headgate.service.ingest;

import org.jspecify.annotations.NullMarked;
