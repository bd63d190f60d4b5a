/**
 * What attacks the structures: real processors, every order of turns, any bytes, and very many
 * calls. The attacks that need a package's own parts lie in that package.
 *
 * <p>Knows the core, the lane and the rows of streams; nothing depends on it.
 */
@NullMarked
package io.headgate.stress;

import org.jspecify.annotations.NullMarked;
