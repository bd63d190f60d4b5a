/**
 * The life of the service: what is validated before it starts, the topology, health, and the order
 * in which it ends.
 *
 * <p>Knows the configuration, Kafka Streams, and whom it starts; must not know the command line.
 */
@NullMarked
package io.headgate.service.run;

import org.jspecify.annotations.NullMarked;
