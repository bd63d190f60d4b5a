package io.headgate.service.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. A browser on this machine is the one that has to be kept from doing what a
 * stranger's page tells it to: such a page's requests name its own host (DNS rebinding), or come
 * with the browser's word that they are of another site, or cannot carry the token.
 */
final class Access {

  /** What a route asks of its callers. */
  enum Level {
    /** Nothing at all, by whatever name: it shows no data, and whoever probes asks an address. */
    PROBE,
    /** Nothing: it shows no data. */
    OPEN,
    /** The token, unless this interface is open to readers. */
    READ,
    /** That writing is switched on, and the token. */
    WRITE
  }

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

  /** A name or an address, and perhaps a port. */
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[^\\[\\]:]{1,255})(?::[0-9]{0,5})?");

  private static final String BEARER = "Bearer ";

  private final HttpSettings settings;
  private final boolean loopback;
  private final boolean tokenForReads;
  private final byte @Nullable [] tokenHash;

  Access(HttpSettings settings) {
    this.settings = settings;
    this.loopback = settings.loopback();
    this.tokenForReads = settings.tokenForReads();
    String token = settings.token();
    this.tokenHash = token == null ? null : hash(token);
  }

  /**
   * Lets a request pass.
   *
   * @throws Problem if it must not
   */
  void check(HttpServerRequest request, Level level) {
    if (level == Level.PROBE) {
      return;
    }
    checkHost(request.headers().getAll("Host"));
    if (level == Level.OPEN) {
      return;
    }
    checkSite(request);
    if (level == Level.WRITE && !settings.write()) {
      throw new Problem(403, "Nothing can be changed here: the service runs with http.write off.");
    }
    if (level == Level.WRITE || tokenForReads) {
      checkToken(request.getHeader("Authorization"));
    }
  }

  private void checkHost(List<String> hosts) {
    if (hosts.size() != 1) {
      throw new Problem(400, "Expected one Host header, found " + hosts.size() + ".");
    }
    String name = name(hosts.get(0)).toLowerCase(Locale.ROOT);
    if (settings.names().contains(name) || (loopback && LOOPBACK.matcher(name).matches())) {
      return;
    }
    if (loopback || !settings.names().isEmpty()) {
      throw new Problem(
          421,
          "The Host header names another host; hosts that are meant are listed in http.names.");
    }
  }

  /** The host without its port; nobody's name if it is neither. */
  private static String name(String host) {
    Matcher matcher = HOST.matcher(host);
    return matcher.matches() ? matcher.group(1) : "";
  }

  /** Scripts of other sites; a link that a person follows may come from anywhere. */
  private static void checkSite(HttpServerRequest request) {
    String site = request.getHeader("Sec-Fetch-Site");
    if (site == null || site.equals("same-origin") || site.equals("none")) {
      return;
    }
    if ("navigate".equals(request.getHeader("Sec-Fetch-Mode"))
        && request.method().equals(HttpMethod.GET)) {
      return;
    }
    throw new Problem(403, "A page of another site asked for this.");
  }

  private void checkToken(@Nullable String authorization) {
    if (tokenHash == null
        || authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        || !MessageDigest.isEqual(
            tokenHash, hash(authorization.substring(BEARER.length()).strip()))) {
      throw new Problem(401, "Expected the service's token: Authorization: Bearer TOKEN.");
    }
  }

  /** Hashes are of one length, so that comparing them takes one time. */
  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
