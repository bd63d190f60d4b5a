package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Bytes to lines, in whatever pieces they come. */
class LineSplitterPropertiesTest {

  private final List<String> lines = new ArrayList<>();
  private int tooLong;

  private LineSplitter splitter(int maxBytes) {
    lines.clear();
    tooLong = 0;
    return new LineSplitter(
        maxBytes,
        new LineSplitter.Lines() {
          @Override
          public void line(byte[] line) {
            lines.add(new String(line, StandardCharsets.UTF_8));
          }

          @Override
          public void tooLong() {
            tooLong++;
          }
        });
  }

  @Property
  void shouldFindTheSameLinesHoweverTheyAreCut(
      @ForAll("texts") String text,
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 12) int maxBytes) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    LineSplitter splitter = splitter(maxBytes);
    for (int at = 0; at < bytes.length; ) {
      int to = at + 1 + random.nextInt(bytes.length - at);
      splitter.feed(bytes, at, to);
      at = to;
    }
    splitter.end();
    splitter.end();

    List<String> expected = new ArrayList<>();
    int left = 0;
    String[] parts = text.split("\n", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean last = i == parts.length - 1;
      if (last && parts[i].isEmpty()) {
        continue;
      }
      String part =
          parts[i].endsWith("\r") ? parts[i].substring(0, parts[i].length() - 1) : parts[i];
      if (part.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
        left++;
      } else {
        expected.add(part);
      }
    }
    assertThat(lines).isEqualTo(expected);
    assertThat(tooLong).isEqualTo(left);
    assertThat(splitter.isPending()).isFalse();
  }

  @Test
  void shouldHoldNoMoreThanALineMayHave() {
    LineSplitter splitter = splitter(10);
    byte[] chunk = new byte[1_000_000];
    for (int i = 0; i < 100; i++) {
      splitter.feed(chunk, 0, chunk.length);
    }
    byte[] end = "\nshort\n".getBytes(StandardCharsets.UTF_8);
    splitter.feed(end, 0, end.length);

    assertThat(tooLong).isEqualTo(1);
    assertThat(lines).containsExactly("short");
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of("a", "bc", "\u00e4", "\n", "\n", "\r", "\r\n", "0123456789")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }
}
