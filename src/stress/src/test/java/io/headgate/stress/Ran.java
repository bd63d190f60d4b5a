package io.headgate.stress;

/**
 * What a process left behind.
 *
 * @param exitValue 0 if it was content
 * @param output all that it said
 */
record Ran(int exitValue, String output) {}
