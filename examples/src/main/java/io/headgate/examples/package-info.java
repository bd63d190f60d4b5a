/**
 * Examples to copy from, a file each: {@code ./headgate example} lists them. {@link
 * io.headgate.examples.Main} is the launcher's entry, and {@code demo} the demo.
 *
 * <p>An example knows the public API of Headgate and plain Kafka clients, and nothing else of this
 * module.
 */
@NullMarked
package io.headgate.examples;

import org.jspecify.annotations.NullMarked;
