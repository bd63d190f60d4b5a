/**
 * The promise of conservation under faults, behind {@code ./headgate chaos}: a cluster of brokers
 * and several instances of an application, each a process of its own; steady traffic; and one fault
 * after the other. At the end the topics themselves tell whether anything was lost, told twice or
 * judged wrongly.
 *
 * <p>Knows the public API of Headgate and the testkit; nothing depends on it.
 */
@NullMarked
package io.headgate.chaos;

import org.jspecify.annotations.NullMarked;
