package io.headgate.service.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends what no library would, and waits for any answer at most 20 s. */
final class RawHttp implements Closeable {

  /** An answer, read as far as its length says. */
  record Answer(int status, Map<String, String> headers, String body) {

    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  private final Socket socket;

  RawHttp(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
  }

  /** One request with its headers, each ended by a new line here, and its answer. */
  static Answer ask(int port, String head, String body) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.send(head.stripTrailing().replace("\n", "\r\n") + "\r\n\r\n" + body);
      return http.answer();
    }
  }

  static Answer get(int port, String path) throws IOException {
    return ask(port, "GET " + path + " HTTP/1.1\nHost: localhost", "");
  }

  static Answer write(int port, String method, String path, String token, String body)
      throws IOException {
    String head =
        "%s %s HTTP/1.1\nHost: localhost\nContent-Type: application/json\nAuthorization: Bearer %s\nContent-Length: %d"
            .formatted(method, path, token, body.getBytes(StandardCharsets.UTF_8).length);
    return ask(port, head, body);
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  /** Reads an answer. */
  Answer answer() throws IOException {
    String status = line();
    if (status.isEmpty()) {
      throw new IOException("closed without an answer");
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    String length = headers.get("content-length");
    byte[] body =
        length == null || headers.containsKey("transfer-encoding")
            ? new byte[0]
            : socket.getInputStream().readNBytes(Integer.parseInt(length));
    return new Answer(
        Integer.parseInt(status.split(" ", 3)[1]),
        headers,
        new String(body, StandardCharsets.UTF_8));
  }

  /** A line without its end; empty at the end of all. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    InputStream in = socket.getInputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  /** Reads until the other side closes, and throws if it does not. */
  void awaitEnd() throws IOException {
    byte[] buffer = new byte[65_536];
    InputStream in = socket.getInputStream();
    try {
      while (in.read(buffer) >= 0) {
        // What it still had to say.
      }
    } catch (SocketException e) {
      // Reset: closed as well.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
