package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.service.config.UserError;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which span of time a query means. */
class ReportFrameTest {

  private static final Instant NOW = Instant.parse("2026-11-25T00:30:00Z");

  private static ReportFrame frame(String day, @Nullable Integer hour, String zone) {
    ReportQuery query = new ReportQuery(ReportDay.parse(day), hour, null, By.RULE, 10);
    return ReportFrame.of(query, ZoneId.of(zone), NOW);
  }

  private static Duration length(ReportFrame frame) {
    return Duration.ofMillis(frame.to() - frame.from());
  }

  @ParameterizedTest
  @CsvSource({
    "2026-06-10, Europe/Berlin, 24",
    "2026-03-29, Europe/Berlin, 23",
    "2026-10-25, Europe/Berlin, 25",
    "2026-10-25, UTC, 24",
  })
  void shouldTakeADayToBeAsLongAsItIs(String day, String zone, int hours) {
    assertThat(length(frame(day, null, zone))).isEqualTo(Duration.ofHours(hours));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-10-25, 1, 2026-10-24T23:00:00Z, 1",
    "2026-10-25, 2, 2026-10-25T00:00:00Z, 2",
    "2026-10-25, 3, 2026-10-25T02:00:00Z, 1",
    "2026-10-25, 23, 2026-10-25T22:00:00Z, 1",
    "2026-03-29, 1, 2026-03-29T00:00:00Z, 1",
    "2026-03-29, 3, 2026-03-29T01:00:00Z, 1",
  })
  void shouldTakeAnHourToBeAllThatClocksCallIt(String day, int hour, Instant from, int hours) {
    ReportFrame frame = frame(day, hour, "Europe/Berlin");

    assertThat(Instant.ofEpochMilli(frame.from())).isEqualTo(from);
    assertThat(length(frame)).isEqualTo(Duration.ofHours(hours));
  }

  @Test
  void shouldRefuseAnHourThatClocksLeaveOut() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> frame("2026-03-29", 2, "Europe/Berlin"))
        .withMessage("there is no hour 2 on 2026-03-29 in Europe/Berlin: clocks are put forward");
  }

  @Test
  void shouldTakeTheHoursOfADayToMakeUpTheDay() {
    for (String day : new String[] {"2026-03-29", "2026-10-25", "2026-06-10"}) {
      long end = frame(day, null, "Europe/Berlin").from();
      for (int hour = 0; hour < 24; hour++) {
        if (day.equals("2026-03-29") && hour == 2) {
          continue;
        }
        ReportFrame frame = frame(day, hour, "Europe/Berlin");
        assertThat(frame.from()).isEqualTo(end);
        end = frame.to();
      }
      assertThat(end).isEqualTo(frame(day, null, "Europe/Berlin").to());
    }
  }

  @Test
  void shouldTakeTodayAndYesterdayToBeTheZones() {
    assertThat(frame("today", null, "UTC").day()).isEqualTo(LocalDate.parse("2026-11-25"));
    assertThat(frame("yesterday", null, "UTC").day()).isEqualTo(LocalDate.parse("2026-11-24"));
    assertThat(frame("today", null, "America/New_York").day())
        .isEqualTo(LocalDate.parse("2026-11-24"));
    assertThat(frame("yesterday", null, "Pacific/Auckland").day())
        .isEqualTo(LocalDate.parse("2026-11-24"));
  }

  @Test
  void shouldRefuseWhatHasNotBegun() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> frame("2026-11-26", null, "UTC"))
        .withMessage("2026-11-26 in UTC has not begun");
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> frame("today", 1, "UTC"))
        .withMessage("hour 1 of 2026-11-25 in UTC has not begun");
    assertThat(frame("today", 0, "UTC").from()).isLessThan(NOW.toEpochMilli());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tomorrow",
        "2026-02-30",
        "24.11.2026",
        "2026-11-24T00:00",
        "+999999999-12-31",
        "-999999999-01-01",
        "+10000-01-01",
        "-0001-12-31"
      })
  void shouldRefuseADayThatIsNone(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReportDay.parse(text))
        .withMessage(
            "day \""
                + text
                + "\": expected yesterday, today or a date that there is, such as 2026-11-24");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "+18:00", "-18:00"})
  void shouldWorkOutTheFirstAndTheLastDayThatAreRead(String zone) {
    assertThat(length(frame("0000-01-01", 0, zone))).isEqualTo(Duration.ofHours(1));
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> frame("9999-12-31", 23, zone))
        .withMessageEndingWith("has not begun");
  }

  @Test
  void shouldSayWhichHoursUtcHasToo() {
    assertThat(frame("2026-11-24", null, "Europe/Berlin").isOfWholeHours()).isTrue();
    assertThat(frame("2026-11-24", null, "Asia/Kolkata").isOfWholeHours()).isFalse();
    assertThat(frame("2026-11-24", 5, ZoneOffset.ofHours(3).getId()).isOfWholeHours()).isTrue();
  }
}
