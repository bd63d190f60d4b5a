package io.headgate.service.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the HTTP server listens, and to whom. Nobody else but this machine reaches it unless a
 * token, or {@code open}, says that this is meant.
 *
 * @param host name or address of the interface to listen on
 * @param port 0 to 65535; 0 for any that is free
 * @param open true if whoever reaches another interface may read without the token
 * @param write true if limits and keys may be changed, always with the token
 * @param token what callers show, 16 to 1,000 visible characters; null if there is none
 * @param names further host names that callers use for this server, such as a proxy's; for other
 *     interfaces an empty set is any name
 * @param bounds of what callers take
 */
public record HttpSettings(
    String host,
    int port,
    boolean open,
    boolean write,
    @Nullable String token,
    Set<String> names,
    HttpBounds bounds) {

  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{16,1000}");

  /**
   * Checks that this is meant.
   *
   * @param host name or address of the interface to listen on
   * @param port 0 to 65535; 0 for any that is free
   * @param open true if whoever reaches another interface may read without the token
   * @param write true if limits and keys may be changed, always with the token
   * @param token what callers show, 16 to 1,000 visible characters; null if there is none
   * @param names further host names that callers use for this server, such as a proxy's; for other
   *     interfaces an empty set is any name
   * @param bounds of what callers take
   * @throws IllegalArgumentException with one line if it is not, or the host is not known
   */
  public HttpSettings {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("found the port " + port + ", expected 0 to 65535");
    }
    if (token != null && !TOKEN.matcher(token).matches()) {
      throw new IllegalArgumentException(
          "found a token of %d characters, expected 16 to 1000 visible ones of ASCII"
              .formatted(token.length()));
    }
    if (write && token == null) {
      throw new IllegalArgumentException(
          "found write without a token, expected one: changes are never open to all");
    }
    if (token == null && !open && !address(host).isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "found the interface %s without a token, expected a token, or open: true if all who reach it may read"
              .formatted(host));
    }
    Set<String> sorted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    sorted.addAll(names);
    names = Collections.unmodifiableSet(sorted);
  }

  /**
   * The local settings: what this machine reaches, nothing to be changed.
   *
   * @param port 0 to 65535; 0 for any that is free
   * @return on 127.0.0.1, with default bounds
   */
  public static HttpSettings local(int port) {
    return new HttpSettings("127.0.0.1", port, false, false, null, Set.of(), HttpBounds.defaults());
  }

  /**
   * Tells whether only this machine reaches it.
   *
   * @return true if the interface is a loopback
   */
  public boolean loopback() {
    return address(host).isLoopbackAddress();
  }

  /**
   * Tells whether readers must show the token.
   *
   * @return true on other interfaces that are not open
   */
  public boolean tokenForReads() {
    return !open && !loopback();
  }

  static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "found the host " + host + ", which is not known here; expected a name or an address", e);
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HttpSettings[%s:%d, open=%s, write=%s, token=%s, names=%s, %s]"
        .formatted(host, port, open, write, token == null ? "none" : "set", names, bounds);
  }
}
