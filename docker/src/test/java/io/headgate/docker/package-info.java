/**
 * Tests of the image, its compose file, and what Prometheus and Grafana are told: nothing but tests
 * lives in this module.
 */
@NullMarked
package io.headgate.docker;

import org.jspecify.annotations.NullMarked;
