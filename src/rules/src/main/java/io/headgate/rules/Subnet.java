package io.headgate.rules;

/**
 * A block of IPv4 or IPv6 addresses: those whose first bits are these. Immutable.
 *
 * @param v4 true of IPv4, whose 32 bits are {@code low}
 * @param high the upper 64 bits of an IPv6 block
 * @param low the lower 64 bits
 * @param bits how many count, 0 to 32 or 128
 */
record Subnet(boolean v4, long high, long low, int bits) {

  /**
   * Reads a block as people write it: {@code 10.0.0.0/8}, {@code 2001:db8::/32}; without a slash,
   * one address.
   *
   * @throws IllegalArgumentException if the text is no block, in one line that says why
   */
  static Subnet parse(String text) {
    IpAddress address = new IpAddress();
    int slash = text.indexOf('/');
    if (!address.parse(text, 0, slash < 0 ? text.length() : slash)) {
      throw new IllegalArgumentException(
          "subnet \"" + text + "\": expected ADDRESS/BITS, such as 10.0.0.0/8 or 2001:db8::/32");
    }
    // Of an IPv6 address that stands for an IPv4 one, the first 96 bits are the same for all.
    boolean mapped = address.v4 && text.indexOf(':') >= 0;
    int written = mapped || !address.v4 ? 128 : 32;
    int bits = slash < 0 ? written : bits(text, slash + 1, written);
    if (mapped) {
      if (bits < 96) {
        throw new IllegalArgumentException(
            "subnet \""
                + text
                + "\": expected 96 to 128 bits of an IPv6 address that stands for an IPv4 one");
      }
      bits -= 96;
    }
    long high = address.high & mask(bits);
    long low = address.low & (address.v4 ? mask(bits) >>> 32 : mask(bits - 64));
    Subnet subnet = new Subnet(address.v4, high, low, bits);
    if (high != address.high || low != address.low) {
      throw new IllegalArgumentException(
          "subnet \"" + text + "\": has bits behind its first " + bits + "; write " + subnet);
    }
    return subnet;
  }

  private static int bits(String text, int from, int max) {
    int bits = 0;
    boolean ok = from < text.length() && text.length() - from <= 3;
    for (int i = from; ok && i < text.length(); i++) {
      char c = text.charAt(i);
      ok = c >= '0' && c <= '9';
      bits = bits * 10 + c - '0';
    }
    if (!ok || bits > max) {
      throw new IllegalArgumentException(
          "subnet \"" + text + "\": expected 0 to " + max + " bits behind the slash");
    }
    return bits;
  }

  /** The first so many of 64 bits. */
  private static long mask(int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
  }

  boolean contains(IpAddress address) {
    if (v4) {
      return address.v4 && ((address.low ^ low) & (mask(bits) >>> 32)) == 0;
    }
    return !address.v4
        && ((address.high ^ high) & mask(bits)) == 0
        && ((address.low ^ low) & mask(bits - 64)) == 0;
  }

  @Override
  public String toString() {
    return IpAddress.text(v4, high, low) + "/" + bits;
  }
}
