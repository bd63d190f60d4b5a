package io.headgate.service.http;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the page and of the interface's description, read once and kept. Immutable. */
final class PageFiles {

  /** A file as it is sent. */
  record PageFile(Buffer bytes, String type, String tag) {}

  private static final String WEB = "/web/";
  private static final String CHART = "/META-INF/resources/webjars/uplot/1.6.30/";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /** Where each file is on the class path, by what it is asked for as. */
  private static final Map<String, String[]> FILES = new LinkedHashMap<>();

  static {
    FILES.put("/", new String[] {WEB + "index.html", HTML});
    FILES.put("/icon.svg", new String[] {WEB + "icon.svg", "image/svg+xml"});
    for (String sheet : new String[] {"base", "parts"}) {
      FILES.put("/css/" + sheet + ".css", new String[] {WEB + "css/" + sheet + ".css", CSS});
    }
    for (String script :
        new String[] {
          "main",
          "api",
          "chart",
          "dom",
          "format",
          "instances",
          "keys",
          "limits",
          "report",
          "rules",
          "status",
          "theme",
          "theme-early",
          "top"
        }) {
      FILES.put("/js/" + script + ".js", new String[] {WEB + "js/" + script + ".js", SCRIPT});
    }
    FILES.put("/vendor/uplot.js", new String[] {CHART + "dist/uPlot.iife.min.js", SCRIPT});
    FILES.put("/vendor/uplot.css", new String[] {CHART + "dist/uPlot.min.css", CSS});
    FILES.put(
        "/vendor/uplot-licence.txt", new String[] {CHART + "LICENSE", "text/plain; charset=utf-8"});
    FILES.put("/openapi.yaml", new String[] {"/openapi.yaml", "application/yaml"});
  }

  private final Map<String, PageFile> files = new LinkedHashMap<>();

  /** Reads them all. */
  PageFiles() {
    FILES.forEach((path, from) -> files.put(path, read(from[0], from[1])));
  }

  private static PageFile read(String resource, String type) {
    try (InputStream in = PageFiles.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "the page's file " + resource + " is not on the class path");
      }
      byte[] bytes = in.readAllBytes();
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      String tag = '"' + HexFormat.of().formatHex(hash, 0, 16) + '"';
      return new PageFile(Buffer.buffer(bytes), type, tag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All of them, by what they are asked for as. */
  Map<String, PageFile> all() {
    return files;
  }
}
