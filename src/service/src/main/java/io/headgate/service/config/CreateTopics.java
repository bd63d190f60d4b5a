package io.headgate.service.config;

/**
 * How topics that are missing are made.
 *
 * @param partitions of a topic that has no reason for another number, 1 or more
 * @param replication copies of each; -1 for what the brokers say
 */
public record CreateTopics(int partitions, short replication) {}
