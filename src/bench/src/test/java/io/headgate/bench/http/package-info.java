/**
 * The service at work while clients do to its HTTP server what they should not: what it costs the
 * limiter. Broker, service and clients are processes or threads of one machine, so what clients
 * themselves cost is kept off by their priority.
 */
@NullMarked
package io.headgate.bench.http;

import org.jspecify.annotations.NullMarked;
