/**
 * What the service shows over HTTP: metrics, health, the interface for programs, and the page.
 *
 * <p>Knows views that it is given; must not know Kafka.
 */
@NullMarked
package io.headgate.service.http;

import org.jspecify.annotations.NullMarked;
