package io.headgate.chaos;

/**
 * What a run came to, and whether the promise held. The names are those of its JSON.
 *
 * @param rounds faults that were brought about
 * @param processKills instances that were killed
 * @param brokerFaults faults of brokers
 * @param rebalances times that an instance went into a rebalance
 * @param inputs records that came in
 * @param admitted records on the output topic, each once
 * @param blocked records that are not there and are told of
 * @param eventCountSum sum of the events' counts
 * @param duplicates records admitted again, and counts of events beyond the blocked records
 * @param lost records that are neither admitted nor told of
 * @param verdictErrors verdicts that are not the exact log's; at-least-once: that no replay
 *     explains
 */
record Outcome(
    int rounds,
    int processKills,
    int brokerFaults,
    int rebalances,
    long inputs,
    long admitted,
    long blocked,
    long eventCountSum,
    long duplicates,
    long lost,
    long verdictErrors) {}
