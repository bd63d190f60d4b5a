package io.headgate.rules;

/**
 * An IPv4 or IPv6 address as its bits, read from text without an object and without ever asking
 * anybody for a name. An IPv6 address that stands for an IPv4 one ({@code ::ffff:10.0.0.1}) is that
 * one. Belongs to one thread.
 */
final class IpAddress {

  // Text of IPv6 (RFC 4291): eight groups of up to four hexadecimal digits; one run of groups may
  // be
  // left out as "::"; the last two may be written as IPv4. Groups are shifted into 128 bits as they
  // come, and those before the "::" are moved up at the end by what it stands for.

  private static final int GROUPS = 8;
  private static final long MAPPED = 0xffffL << 32;

  /** True of an IPv4 address, whose 32 bits are {@link #low}. */
  boolean v4;

  /** The upper 64 bits of an IPv6 address. */
  long high;

  /** The lower 64 bits of an IPv6 address. */
  long low;

  /**
   * Reads an address.
   *
   * @param text dotted or with colons; no port, no brackets, no zone, no leading zeros in dotted
   * @return false if it is no address; what this held before is lost then
   */
  boolean parse(String text) {
    return parse(text, 0, text.length());
  }

  boolean parse(String text, int from, int to) {
    high = 0;
    low = 0;
    int colon = text.indexOf(':', from);
    if (colon < 0 || colon >= to) {
      v4 = true;
      long bits = dotted(text, from, to);
      low = bits;
      return bits >= 0;
    }
    v4 = false;
    if (!colons(text, from, to)) {
      return false;
    }
    if (high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED) {
      v4 = true;
      low &= 0xffff_ffffL;
    }
    return true;
  }

  /** The 32 bits of four numbers with dots, or -1. */
  private static long dotted(String text, int from, int to) {
    long bits = 0;
    int at = from;
    for (int part = 0; part < 4; part++) {
      int start = at;
      int number = 0;
      while (at < to && at - start < 3 && isDigit(text.charAt(at))) {
        number = number * 10 + text.charAt(at++) - '0';
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      if (at == start || number > 255 || leadingZero) {
        return -1;
      }
      bits = bits << 8 | number;
      if (part < 3 && (at == to || text.charAt(at++) != '.')) {
        return -1;
      }
    }
    return at == to ? bits : -1;
  }

  private boolean colons(String text, int from, int to) {
    int groups = 0;
    int gap = -1;
    int at = from;
    if (text.startsWith("::", from)) {
      gap = 0;
      at += 2;
    }
    while (at < to) {
      int start = at;
      int number = 0;
      while (at < to && at - start < 4 && Character.digit(text.charAt(at), 16) >= 0) {
        if (text.charAt(at) > 'f') {
          // Digits of other scripts are digits to Java.
          return false;
        }
        number = number << 4 | Character.digit(text.charAt(at++), 16);
      }
      if (at < to && text.charAt(at) == '.' && groups <= GROUPS - 2) {
        long bits = dotted(text, start, to);
        if (bits < 0) {
          return false;
        }
        push((int) (bits >>> 16));
        push((int) (bits & 0xffff));
        groups += 2;
        at = to;
        break;
      }
      if (at == start || groups == GROUPS) {
        return false;
      }
      push(number);
      groups++;
      if (at == to) {
        break;
      }
      if (text.charAt(at++) != ':' || at == to) {
        return false;
      }
      if (text.charAt(at) == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = groups;
        at++;
      }
    }
    if (gap < 0) {
      return groups == GROUPS;
    }
    if (groups == GROUPS) {
      // "::" stands for one group at least.
      return false;
    }
    open(groups - gap, GROUPS - groups);
    return true;
  }

  private void push(int group) {
    high = high << 16 | low >>> 48;
    low = low << 16 | group;
  }

  /** Moves all but the last groups up by some. */
  private void open(int behind, int by) {
    long keepLow = behind >= 4 ? -1 : (1L << (16 * behind)) - 1;
    long keepHigh = behind <= 4 ? 0 : (1L << (16 * (behind - 4))) - 1;
    long upHigh = high & ~keepHigh;
    long upLow = low & ~keepLow;
    for (int i = 0; i < by; i++) {
      upHigh = upHigh << 16 | upLow >>> 48;
      upLow <<= 16;
    }
    high = upHigh | (high & keepHigh);
    low = upLow | (low & keepLow);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The text of an address, in the plainest form: no group is left out. */
  static String text(boolean v4, long high, long low) {
    StringBuilder text = new StringBuilder();
    if (v4) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        text.append(low >>> shift & 0xff).append(shift == 0 ? "" : ".");
      }
      return text.toString();
    }
    for (int i = 0; i < GROUPS; i++) {
      long half = i < 4 ? high : low;
      text.append(i == 0 ? "" : ":")
          .append(Long.toHexString(half >>> (48 - 16 * (i & 3)) & 0xffff));
    }
    return text.toString();
  }
}
