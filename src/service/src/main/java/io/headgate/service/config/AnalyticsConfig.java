package io.headgate.service.config;

import java.time.ZoneId;

/**
 * What is rolled up of blocked records.
 *
 * @param zone whose days are summed up
 * @param keepHours how many hours are kept, 1 or more
 * @param keepDays how many days are kept, 1 or more
 * @param top how many keys are told by name of each rule and period, 1 or more
 */
public record AnalyticsConfig(ZoneId zone, int keepHours, int keepDays, int top) {

  /**
   * The default of a zone, by the name that people write: days are kept under their zone's name.
   */
  public static final ZoneId UTC = ZoneId.of("UTC");
}
