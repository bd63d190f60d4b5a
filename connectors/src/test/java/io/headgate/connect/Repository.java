package io.headgate.connect;

import io.headgate.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the project's own files are, as its users meet them. */
final class Repository {

  private static final Pattern INSTALL =
      Pattern.compile("(?s)<!-- install -->\\s*```sh\\n(.*?)```");

  private Repository() {}

  /** Installs the plugin into a folder by the steps of {@code connectors/README.md}, as written. */
  static Path install(Path folder) {
    try {
      String readme = Files.readString(Checkout.root().resolve("connectors").resolve("README.md"));
      Matcher steps = INSTALL.matcher(readme);
      if (!steps.find()) {
        throw new IllegalStateException("connectors/README.md has no steps to install");
      }
      ProcessBuilder shell =
          new ProcessBuilder("bash", "-euo", "pipefail", "-c", steps.group(1))
              .directory(Checkout.root().toFile())
              .inheritIO();
      shell.environment().put("CONNECT_PLUGINS", folder.toString());
      int exit = shell.start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("the steps of connectors/README.md end with " + exit);
      }
      return folder;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A log of real requests where there is one beside the project, else one that is made up. */
  static List<String> accessLog() {
    Optional<Path> log = Checkout.accessLog();
    if (log.isPresent()) {
      try {
        return Files.readAllLines(log.get(), StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    System.err.println("There is no ../shared/data/access.log: a log is made up.");
    Random random = new Random(7);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int client = (int) Math.abs(random.nextGaussian() * 200);
      lines.add("client-" + client + " - - [17/May/2015:10:05:03 +0000] \"GET /" + i + "\" 200 9");
    }
    return lines;
  }
}
