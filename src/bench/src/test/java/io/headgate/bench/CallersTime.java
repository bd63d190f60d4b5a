package io.headgate.bench;

import io.github.bucket4j.TimeMeter;

/** Hands Bucket4j the time that its caller read: what it costs without a clock. */
final class CallersTime implements TimeMeter {

  long nanos;

  @Override
  public long currentTimeNanos() {
    return nanos;
  }

  @Override
  public boolean isWallClockBased() {
    return true;
  }
}
