package io.headgate.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Opens the jars that are released: they are built by now. */
class ModuleNamesIT {

  private static final String NOT_RELEASED = "<maven.deploy.skip>true</maven.deploy.skip>";

  /** The jars of released modules, by the last part of their artifact's name. */
  private static Map<String, Path> jars() throws IOException {
    Map<String, Path> jars = new TreeMap<>();
    for (Path module : Repository.modules()) {
      if (!Files.readString(module.resolve("pom.xml")).contains(NOT_RELEASED)) {
        for (Path jar : jarsOf(module)) {
          jars.put(jar.getFileName().toString().replaceAll("^headgate-|(-\\d.*)?\\.jar$", ""), jar);
        }
      }
    }
    return jars;
  }

  private static List<Path> jarsOf(Path module) throws IOException {
    Path target = module.resolve("target");
    if (!Files.isDirectory(target)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().matches("headgate-.*\\.jar"))
          .filter(file -> !file.toString().matches(".*-(sources|javadoc|tests)\\.jar"))
          .toList();
    }
  }

  @Test
  void coreIsAModuleAndTheOthersHaveTheirNamesReserved() throws IOException {
    Map<String, Path> jars = jars();
    assertThat(jars).containsKeys("core", "rules", "lane", "streams", "service");
    jars.forEach(
        (name, jar) -> {
          ModuleDescriptor module = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
          assertThat(module.name()).as(jar.toString()).isEqualTo("io.headgate." + name);
          assertThat(module.isAutomatic()).as(jar.toString()).isEqualTo(!name.equals("core"));
        });
  }

  @Test
  void theLicenceIsInEachJarAndNoTimeOfABuild() throws IOException {
    for (Path path : jars().values()) {
      try (JarFile jar = new JarFile(path.toFile())) {
        assertThat(jar.getEntry("META-INF/LICENSE")).as(path.toString()).isNotNull();
        Set<Long> times = jar.stream().map(JarEntry::getTime).collect(Collectors.toSet());
        assertThat(times).as(path.toString()).hasSize(1);
      }
    }
  }
}
