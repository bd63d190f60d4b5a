package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.RecordComponent;
import org.junit.jupiter.api.Test;

class IngestSummaryTest {

  /** Each of its numbers is another. */
  private static final IngestSummary SUMS =
      new IngestSummary(
          1_001, 1_002, 1_003, 1_004, 1_005, 1_006, 1_007, 1_008, 1_009, 1_010, 1_011, 1_012, 1_013,
          1_014, 1_015, 1_016, 1.23456);

  @Test
  void shouldSayEachOfItsNumbersInJson() throws Exception {
    JsonNode json = new ObjectMapper().readTree(SUMS.json());

    assertThat(SUMS.json()).doesNotContain("\n");
    RecordComponent[] components = IngestSummary.class.getRecordComponents();
    assertThat(json.size()).isEqualTo(components.length);
    for (RecordComponent component : components) {
      JsonNode value = json.get(component.getName());
      assertThat(value).as(component.getName()).isNotNull();
      Object number = component.getAccessor().invoke(SUMS);
      assertThat(value.numberValue().toString())
          .isEqualTo(component.getName().equals("seconds") ? "1.235" : number.toString());
    }
  }

  @Test
  void shouldSayToPeopleWhatThereIsToSay() {
    assertThat(SUMS.text())
        .isEqualTo(
            "1,001 lines in 1.2 s = 1,002 admitted + 1,003 blocked + 1,004 without a key that"
                + " passed; 1,008 written; 1,011 told of on the blocked topic; 1,009 refused by"
                + " Kafka; 1,010 not confirmed by Kafka; 1,005 left out, too long; 1,006 empty;"
                + " 1,007 left out, cut off; 1,013 judged in a row that keys share; 1,015"
                + " connections too many");
    IngestSummary calm = new IngestSummary(2, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 60);
    assertThat(calm.text())
        .isEqualTo(
            "2 lines in 60.0 s = 1 admitted + 1 blocked + 0 without a key that passed; 1 written");
  }
}
