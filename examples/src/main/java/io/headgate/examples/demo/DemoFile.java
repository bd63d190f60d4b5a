package io.headgate.examples.demo;

import io.headgate.RateLimit;
import java.util.Locale;

/** The service's file of a run: what a user would write by hand. */
final class DemoFile {

  private DemoFile() {}

  static String text(String servers, DemoTopics topics, DemoOptions options, String stateDir) {
    RateLimit limit = options.limit();
    // At the default of 30 s the last records would wait that long for their commit.
    int commitMillis = options.guarantee().equals("at_least_once") ? 500 : 100;
    return String.format(
        Locale.ROOT,
        """
        application: %s
        kafka:
          bootstrap.servers: %s
          processing.guarantee: %s
          commit.interval.ms: %d
          state.dir: '%s'
          replication.factor: 1
          producer.max.request.size: %d
          consumer.max.partition.fetch.bytes: %d
          auto.offset.reset: earliest
        sources: [ %s ]
        output: %s
        blocked: %s
        limits: %s
        rules:
          rules:
            - name: default
              limits: [ { limit: %d/%dms, buckets: %d, mode: %s } ]
        http: { listen: "127.0.0.1:%d", token-file: token, write: true }
        """,
        topics.application(),
        servers,
        options.guarantee(),
        commitMillis,
        stateDir.replace("'", "''"),
        DemoRun.MAX_RECORD_BYTES,
        DemoRun.MAX_RECORD_BYTES,
        topics.input(),
        topics.output(),
        topics.blocked(),
        topics.limits(),
        limit.limit(),
        limit.windowMillis(),
        limit.buckets(),
        limit.mode().name().toLowerCase(Locale.ROOT),
        options.port());
  }
}
