package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

class PluginZipIT {

  @Test
  void shouldHoldWhatAWorkerLacksAndNothingElse() throws Exception {
    try (ZipFile zip = new ZipFile(new File(System.getProperty("plugin.zip")))) {
      List<String> files =
          zip.stream()
              .filter(entry -> !entry.isDirectory())
              .map(ZipEntry::getName)
              // Versions are not this test's to know.
              .map(name -> name.replaceAll("-\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?", ""))
              .toList();
      assertThat(files)
          .containsExactlyInAnyOrder(
              "headgate-connect/LICENSE",
              "headgate-connect/headgate-connect.jar",
              "headgate-connect/headgate-core.jar",
              "headgate-connect/headgate-lane.jar",
              "headgate-connect/jackson-core.jar");
    }
  }

  @Test
  void shouldTellWorkersTheVersionOfItsArtifacts() throws Exception {
    try (ZipFile zip = new ZipFile(new File(System.getProperty("plugin.zip")))) {
      String jar = "headgate-connect-" + Version.TEXT;
      assertThat(zip.getEntry(jar + "/" + jar + ".jar")).isNotNull();
    }
  }
}
