-- How many records were blocked, and of how many keys, by day and rule: the blocked topic in Flink SQL.
-- The fields are those of src/docs/blocked-event.md, which a test checks. No test runs this file: it was run by hand
-- with Flink 2.2.0 and its Kafka connector 5.0.0-2.2 on the events of the example BlockedReader, and said the same.

SET 'table.local-time-zone' = 'UTC';
SET 'execution.runtime-mode' = 'batch'; -- to the topic's end as of now; without it the query goes on

CREATE TABLE blocked (
  `limiter` STRING,
  `rule` STRING,
  `outcome` STRING,
  `fingerprint` STRING,
  `count` BIGINT,
  `cost` BIGINT,
  `firstTime` BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'visits-blocked',
  'properties.bootstrap.servers' = 'localhost:9092',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset', -- with the batch mode alone
  'format' = 'json'
);

-- What a shadow rule would have blocked has passed. An event without an outcome is BLOCKED.
-- Keys are told apart by their fingerprints, which events have also where they do not show the key.
SELECT
  DATE_FORMAT(TO_TIMESTAMP_LTZ(`firstTime`, 3), 'yyyy-MM-dd') AS `day`,
  `limiter`,
  `rule`,
  COUNT(DISTINCT `fingerprint`) AS `keys`,
  SUM(`count`) AS `records`
FROM blocked
WHERE COALESCE(`outcome`, 'BLOCKED') = 'BLOCKED'
GROUP BY DATE_FORMAT(TO_TIMESTAMP_LTZ(`firstTime`, 3), 'yyyy-MM-dd'), `limiter`, `rule`;
