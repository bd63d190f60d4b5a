-- How many records were blocked, and of how many keys, by day and rule: the blocked topic in ksqlDB.
-- The fields are those of src/docs/blocked-event.md, which a test checks; no test runs this file.

SET 'auto.offset.reset' = 'earliest';

CREATE STREAM blocked (
  `limiter` VARCHAR,
  `rule` VARCHAR,
  `outcome` VARCHAR,
  `fingerprint` VARCHAR,
  `count` BIGINT,
  `cost` BIGINT,
  `firstTime` BIGINT
) WITH (KAFKA_TOPIC = 'visits-blocked', VALUE_FORMAT = 'JSON');

-- What a shadow rule would have blocked has passed. An event without an outcome is BLOCKED.
-- COUNT_DISTINCT is an estimate. ./headgate report has a count with its error, or an exact one.
CREATE TABLE blocked_by_day WITH (KEY_FORMAT = 'JSON') AS
  SELECT
    FORMAT_TIMESTAMP(FROM_UNIXTIME(`firstTime`), 'yyyy-MM-dd', 'UTC') AS `day`,
    `limiter`,
    `rule`,
    COUNT_DISTINCT(`fingerprint`) AS `keys`,
    SUM(`count`) AS `records`
  FROM blocked
  WHERE COALESCE(`outcome`, 'BLOCKED') = 'BLOCKED'
  GROUP BY FORMAT_TIMESTAMP(FROM_UNIXTIME(`firstTime`), 'yyyy-MM-dd', 'UTC'), `limiter`, `rule`
  EMIT CHANGES;

SELECT * FROM blocked_by_day EMIT CHANGES;
