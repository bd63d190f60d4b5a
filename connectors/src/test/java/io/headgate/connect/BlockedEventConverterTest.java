package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.lane.BlockedEventSerde;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockedEventConverterTest {

  private final BlockedEventConverter converter = new BlockedEventConverter();

  private static BlockedEvent event(KeyForm form) {
    boolean shown = form != KeyForm.HASHED && form != KeyForm.NONE;
    return new BlockedEvent(
        "edge",
        "default",
        shown ? "7" : null,
        form,
        form == KeyForm.NONE ? null : "0123456789abcdef0123456789abcdef",
        3,
        4,
        100,
        60_000,
        "lines",
        -1,
        5,
        9,
        1_700_000_000_123L,
        1_700_000_000_456L,
        2,
        "0123456789abcdef",
        false,
        true,
        false,
        true,
        false,
        form == KeyForm.HASHED,
        false);
  }

  @ParameterizedTest
  @EnumSource(KeyForm.class)
  @SuppressWarnings("JavaUtilDate") // Connect's own type for times
  void shouldShowAnEventAndWriteItBack(KeyForm form) {
    BlockedEvent event = event(form);
    byte[] json = new BlockedEventSerde().serializer().serialize("b", event);
    SchemaAndValue shown = converter.toConnectData("b", json);
    ConnectSchema.validateValue(shown.schema(), shown.value());
    Struct struct = (Struct) shown.value();
    assertThat(struct.get("firstTime")).isEqualTo(new Date(1_700_000_000_123L));
    assertThat(struct.getString("outcome"))
        .isEqualTo(form == KeyForm.HASHED ? "SHADOW_BLOCKED" : "BLOCKED");
    assertThat(converter.fromConnectData("b", shown.schema(), struct)).isEqualTo(json);
    assertThat(EventStruct.read(struct)).isEqualTo(event);
  }

  @Test
  void shouldHaveNothingForNothing() {
    assertThat(converter.toConnectData("b", null)).isEqualTo(SchemaAndValue.NULL);
    assertThat(converter.fromConnectData("b", null, null)).isNull();
  }

  @Test
  void shouldSayWhatIsNoEvent() {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> converter.toConnectData("b", "{".getBytes(StandardCharsets.UTF_8)))
        .withMessageStartingWith("topic b: not a blocked event: ");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> converter.fromConnectData("b", null, "text"))
        .withMessage(
            "topic b: found a value of type String, expected a Struct as this converter makes it");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> converter.configure(Map.of(), true))
        .withMessageStartingWith("key.converter: found io.headgate.connect.BlockedEventConverter");
  }
}
