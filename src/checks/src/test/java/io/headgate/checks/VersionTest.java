package io.headgate.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.service.config.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class VersionTest {

  private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

  private static String version(Path pom) throws IOException {
    Matcher version = VERSION.matcher(Files.readString(pom));
    assertThat(version.find()).isTrue();
    return version.group(1);
  }

  @Test
  void theServiceTellsTheVersionOfItsArtifacts() throws IOException {
    assertThat(version(Repository.root().resolve("pom.xml"))).isEqualTo(Version.TEXT);
  }

  @Test
  void allModulesAreOfOneVersion() throws IOException {
    for (Path module : Repository.modules()) {
      assertThat(version(module.resolve("pom.xml"))).as(module.toString()).isEqualTo(Version.TEXT);
    }
  }
}
