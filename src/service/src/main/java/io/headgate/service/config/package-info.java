/**
 * The file that says what the service does, as records: read with positions, all that is wrong at
 * once.
 *
 * <p>Knows YAML and the names of Kafka's settings; must not know a broker, nor anything that runs.
 */
@NullMarked
package io.headgate.service.config;

import org.jspecify.annotations.NullMarked;
