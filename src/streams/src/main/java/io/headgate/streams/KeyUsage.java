package io.headgate.streams;

/**
 * What one key has used of one limit, as {@link LimiterView} read it. Immutable.
 *
 * @param rule name of the rule; {@code default} for a limiter without a list of rules
 * @param windowMillis length of the limit's window, milliseconds
 * @param limit units per window that the key has now, by the rule or what was set for the key, its
 *     class or the rule
 * @param used units that count in the window that ends at {@code asOfMillis}, 0 or more; above the
 *     limit only where that was lowered
 * @param remaining units that would be admitted, 0 or more
 * @param resetMillis milliseconds from {@code asOfMillis} until nothing of it counts any more; 0 if
 *     nothing does
 * @param retryAfterMillis milliseconds from {@code asOfMillis} until one unit would be admitted if
 *     nothing else came; 0 if at once
 * @param asOfMillis the time that these numbers are of, milliseconds since the epoch: never before
 *     the beginning of the key's newest bucket; -1 if there is none, since the task has seen no
 *     record and does not know the key
 * @param known true if the key has a row of its own: it was judged by this limit, and not forgotten
 *     since
 * @param shared true if the key has no row of its own and would be charged with what keys beyond
 *     {@code max.keys} used together, which is what the numbers are then
 */
public record KeyUsage(
    String rule,
    long windowMillis,
    long limit,
    long used,
    long remaining,
    long resetMillis,
    long retryAfterMillis,
    long asOfMillis,
    boolean known,
    boolean shared) {}
