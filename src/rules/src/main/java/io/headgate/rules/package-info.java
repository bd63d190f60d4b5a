/**
 * Which record falls under which limit: {@link io.headgate.rules.RuleSet} is what a limiter is
 * given, in code or as a file that {@link io.headgate.rules.RulesFile} reads; {@link
 * io.headgate.rules.LimitOverrides} changes its limits while it runs.
 *
 * <p>Knows keys, values, headers and times of records; must not know Kafka Streams or Kafka
 * Connect, how a limit is kept, or what a window holds.
 */
@NullMarked
package io.headgate.rules;

import org.jspecify.annotations.NullMarked;
