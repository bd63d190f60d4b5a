/**
 * The sliding window of counters: fixed-size rows in pages, an index from fingerprint to row, and
 * the table that joins them under a hard bound.
 *
 * <p>Knows bucket numbers, units and fingerprints; must not know clocks, keys, threads or records:
 * time is always an argument, and every structure here belongs to one thread at a time. A copy of a
 * row may be taken by another, if a stamp that is not kept here says afterwards that it is one.
 */
@NullMarked
package io.headgate.window;

import org.jspecify.annotations.NullMarked;
