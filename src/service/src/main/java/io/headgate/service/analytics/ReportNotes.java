package io.headgate.service.analytics;

import io.headgate.service.analytics.Report.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Says in words what figures leave open. Stateless. */
final class ReportNotes {

  private ReportNotes() {}

  static List<String> of(Figures sums) {
    List<String> notes = new ArrayList<>();
    if (sums.overflow() > 0) {
      notes.add(
          number(sums.overflow())
              + " records were blocked without their keys, in a flood of more keys than the limiter"
              + " has event slots: they are in no figure of keys, and stand with the rule of the"
              + " first of them");
    }
    if (sums.keyless() > 0) {
      notes.add(
          number(sums.keyless())
              + " records have no key, or their events show none: they are in no figure of keys");
    }
    if (sums.hashed() > 0) {
      notes.add(
          number(sums.hashed())
              + " records show their keys as fingerprints, which differ by rule: a key that two"
              + " rules blocked is two keys in the total");
    }
    if (sums.cut() > 0) {
      notes.add(number(sums.cut()) + " records have keys that are too long to be shown whole");
    }
    if (sums.spanning() > 0) {
      notes.add(
          "up to "
              + number(sums.spanning())
              + " of the records may be of a later time: several records of one event stand with"
              + " the first of them");
    }
    return notes;
  }

  static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
