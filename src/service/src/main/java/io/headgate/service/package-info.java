/**
 * The commands of the service, and their exit codes.
 *
 * <p>Knows all packages below it; none of them knows it.
 */
@NullMarked
package io.headgate.service;

import org.jspecify.annotations.NullMarked;
