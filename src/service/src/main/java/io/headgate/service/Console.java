package io.headgate.service;

import java.io.PrintStream;

/**
 * Where a command writes, both in UTF-8.
 *
 * @param out what was asked for, and nothing else
 * @param err what is wrong, and progress
 */
record Console(PrintStream out, PrintStream err) {}
