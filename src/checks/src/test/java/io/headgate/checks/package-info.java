/**
 * What users get, looked at as they see it: pages and their links, commands, public types,
 * versions, and the names of modules.
 *
 * <p>Knows the files of the checkout and the jars; nothing depends on it.
 */
@NullMarked
package io.headgate.checks;

import org.jspecify.annotations.NullMarked;
