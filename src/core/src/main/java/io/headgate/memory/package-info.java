/**
 * Record buffers that are recycled: slots of one size in one slab, and the pool that hands them out
 * under generational handles.
 *
 * <p>Knows indices and generations; must not know what a slot holds.
 */
@NullMarked
package io.headgate.memory;

import org.jspecify.annotations.NullMarked;
