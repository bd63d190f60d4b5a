package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

/** Subnets against arithmetic on large numbers, addresses written in every way there is. */
class CidrPropertiesTest {

  private static final BigInteger MAPPED = BigInteger.valueOf(0xffff).shiftLeft(32);

  /** An address of random bits, many of them in runs of zeros. */
  private static BigInteger address(int width, Random random) {
    BigInteger bits = new BigInteger(width, random);
    for (int i = 0; i < width; i += 16) {
      if (random.nextBoolean()) {
        bits = bits.andNot(BigInteger.valueOf(0xffff).shiftLeft(i));
      }
    }
    return bits;
  }

  private static String write(BigInteger bits, int width, Random random) {
    return width == 32 ? dotted(bits) : colons(bits, random);
  }

  private static String dotted(BigInteger bits) {
    long all = bits.longValueExact();
    return (all >>> 24 & 0xff)
        + "."
        + (all >>> 16 & 0xff)
        + "."
        + (all >>> 8 & 0xff)
        + "."
        + (all & 0xff);
  }

  /** Leading zeros, capitals, a run of zeros left out, the end in dots: each or not. */
  private static String colons(BigInteger bits, Random random) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = bits.shiftRight(16 * (7 - i)).intValue() & 0xffff;
    }
    int count = random.nextInt(4) == 0 ? 6 : 8;
    String tail = count == 6 ? dotted(bits.and(BigInteger.valueOf(0xffff_ffffL))) : "";
    String[] texts = new String[count];
    for (int i = 0; i < count; i++) {
      String text = random.nextBoolean() ? "%x" : "%04x";
      texts[i] = String.format(text, groups[i]);
    }
    int from = random.nextInt(count);
    int to = from;
    while (to < count && groups[to] == 0) {
      to++;
    }
    String text;
    if (to > from && random.nextInt(4) != 0) {
      String before = String.join(":", Arrays.copyOf(texts, from));
      String after = String.join(":", Arrays.copyOfRange(texts, to, count));
      text = before + "::" + after + (tail.isEmpty() || after.isEmpty() ? tail : ":" + tail);
    } else {
      text = String.join(":", texts) + (tail.isEmpty() ? "" : ":" + tail);
    }
    return random.nextBoolean() ? text : text.toUpperCase(Locale.ROOT);
  }

  private static boolean contains(String subnet, String address) {
    return Conditions.keyCidr(subnet).matches(Records.key(address));
  }

  @Property(tries = 20_000)
  void shouldContainWhatArithmeticSays(
      @ForAll boolean v4, @ForAll @IntRange(max = 128) int anyBits, @ForAll Random random) {
    int width = v4 ? 32 : 128;
    int bits = Math.min(anyBits, width);
    BigInteger first = address(width, random).shiftRight(width - bits).shiftLeft(width - bits);
    BigInteger near = first.or(new BigInteger(width - bits, random));
    if (random.nextBoolean()) {
      near = near.flipBit(random.nextInt(width));
    }
    boolean mapped = !v4 && (isMapped(first) || isMapped(near));
    if (mapped) {
      // Another family: see the test below.
      return;
    }
    boolean expected = near.shiftRight(width - bits).equals(first.shiftRight(width - bits));
    String subnet = write(first, width, random) + "/" + bits;
    String address = write(near, width, random);

    assertThat(contains(subnet, address)).as("%s in %s", address, subnet).isEqualTo(expected);
    BigInteger other = address(160 - width, random);
    if (v4 && isMapped(other)) {
      return;
    }
    assertThat(contains(subnet, write(other, 160 - width, random))).as(subnet).isFalse();
  }

  private static boolean isMapped(BigInteger bits) {
    return bits.shiftRight(32).equals(MAPPED.shiftRight(32));
  }

  @Property
  void shouldTakeAnAddressThatStandsForAnIpv4OneAsThatOne(
      @ForAll @IntRange(max = 32) int bits, @ForAll Random random) {
    BigInteger first = address(32, random).shiftRight(32 - bits).shiftLeft(32 - bits);
    BigInteger near = first.or(new BigInteger(32 - bits, random));
    String subnet = dotted(first) + "/" + bits;
    String mapped = colons(first.or(MAPPED), random) + "/" + (96 + bits);

    assertThat(contains(subnet, colons(near.or(MAPPED), random))).isTrue();
    assertThat(contains(mapped, dotted(near))).isTrue();
    assertThat(Subnet.parse(mapped)).isEqualTo(Subnet.parse(subnet));
    assertThat(contains("::/0", colons(near.or(MAPPED), random))).isFalse();
  }

  @Property
  void shouldReadWhatTheJdkWrites(@ForAll boolean v4, @ForAll Random random)
      throws UnknownHostException {
    byte[] bytes = new byte[v4 ? 4 : 16];
    random.nextBytes(bytes);
    IpAddress address = new IpAddress();

    assertThat(address.parse(InetAddress.getByAddress(bytes).getHostAddress())).isTrue();
    assertThat(address.v4).isEqualTo(v4);
    BigInteger bits =
        new BigInteger(Long.toUnsignedString(address.high))
            .shiftLeft(64)
            .or(new BigInteger(Long.toUnsignedString(address.low)));
    assertThat(bits).isEqualTo(new BigInteger(1, bytes));
  }

  @Property
  void shouldReadItsOwnText(
      @ForAll boolean v4, @ForAll @IntRange(max = 128) int anyBits, @ForAll Random random) {
    int width = v4 ? 32 : 128;
    int bits = Math.min(anyBits, width);
    BigInteger first = address(width, random).shiftRight(width - bits).shiftLeft(width - bits);
    if (!v4 && isMapped(first)) {
      return;
    }
    Subnet subnet = Subnet.parse(write(first, width, random) + "/" + bits);

    assertThat(Subnet.parse(subnet.toString())).isEqualTo(subnet);
  }

  @Example
  void shouldTakeNoTextForAnAddressThatIsNone() {
    for (String text :
        new String[] {
          "",
          ".",
          ":",
          ":::",
          "1",
          "1.2.3",
          "1.2.3.4.5",
          "1.2.3.256",
          "1.2.3.04",
          "01.2.3.4",
          "1..2.3",
          ".1.2.3",
          "1.2.3.",
          "1.2.3.4 ",
          " 1.2.3.4",
          "1.2.3.4:80",
          "0x1.2.3.4",
          "1.2.3.-4",
          "1.2.3.1000",
          "a.b.c.d",
          "localhost",
          "1:2:3:4:5:6:7",
          "1:2:3:4:5:6:7:8:9",
          "1:2:3:4:5:6:7:",
          ":1:2:3:4:5:6:7",
          "1::2::3",
          "::12345",
          "::g",
          "fe80::1%eth0",
          "[::1]",
          "::1.2.3",
          "::1.2.3.4.5",
          "::1.2.3.4:5",
          "1:2:3:4:5:6:7:1.2.3.4",
          "1:2:3:4:5:6:7::8",
          "::1:2:3:4:5:6:7:8",
          "\uff11.2.3.4",
          "::\uff11",
          "\u0661.2.3.4",
          "1:2:3:4:5:6:7:8::",
          "::.1.2.3"
        }) {
      assertThat(new IpAddress().parse(text)).as("\"%s\"", text).isFalse();
      assertThat(contains("0.0.0.0/0", text) || contains("::/0", text)).isFalse();
    }
  }

  @Property(tries = 5_000)
  void shouldTakeAnyTextWithoutAnError(
      @ForAll @StringLength(max = 20) String text, @ForAll Random random) {
    String pieces = "0123456789abcdefABCDEFg.:/%";
    StringBuilder near = new StringBuilder();
    for (int i = random.nextInt(30); i > 0; i--) {
      near.append(pieces.charAt(random.nextInt(pieces.length())));
    }
    for (String any : new String[] {text, near.toString()}) {
      assertThat(new IpAddress().parse(any)).isIn(true, false);
      try {
        assertThat(Subnet.parse(any).toString()).isNotEmpty();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("subnet \"");
      }
    }
  }

  @Example
  void shouldSayWhatIsWrongWithASubnet() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subnet.parse("10.0.0.1/8"))
        .withMessage("subnet \"10.0.0.1/8\": has bits behind its first 8; write 10.0.0.0/8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subnet.parse("10.0.0.0/33"))
        .withMessage("subnet \"10.0.0.0/33\": expected 0 to 32 bits behind the slash");
    assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse("10.0.0.0/"));
    assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse("10.0.0.0/+8"));
    assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse("::/129"));
    assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse("::ffff:1.2.3.4/95"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subnet.parse("example.com/8"))
        .withMessageContaining("expected ADDRESS/BITS");
    assertThat(Subnet.parse("10.1.2.3")).isEqualTo(Subnet.parse("10.1.2.3/32"));
    assertThat(Subnet.parse("::1")).isEqualTo(Subnet.parse("::1/128"));
  }
}
