package io.headgate.bench.http;

import io.headgate.testkit.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a client may do to an HTTP server; its main class does it until its input ends. */
enum Attack {
  STREAMS("1,000 event streams, of which one in two never reads", 1_000) {
    @Override
    void start(Target target, ScheduledExecutorService timer) {
      Crowd crowd =
          new Crowd(
              connections, target, "GET /api/stats/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      var unused =
          timer.scheduleWithFixedDelay(() -> crowd.step(null), 0, 1_000, TimeUnit.MILLISECONDS);
    }
  },

  SLOWLORIS("900 connections that send their headers byte by byte", 900) {
    @Override
    void start(Target target, ScheduledExecutorService timer) {
      Crowd crowd =
          new Crowd(connections, target, "GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ");
      var unused =
          timer.scheduleWithFixedDelay(() -> crowd.step("a"), 0, 500, TimeUnit.MILLISECONDS);
    }
  },

  BODIES("20 bodies of 100 MB a second, chunk by chunk", 4) {
    @Override
    void start(Target target, ScheduledExecutorService timer) {
      String head = target.put() + "Transfer-Encoding: chunked\r\n\r\n";
      ByteBuffer chunk = Target.bytes("10000\r\n" + " ".repeat(1 << 16) + "\r\n");
      for (int i = 0; i < connections; i++) {
        var unused =
            timer.scheduleAtFixedRate(
                () -> target.send(head, chunk, 1_600), 50L * i, 200, TimeUnit.MILLISECONDS);
      }
    }
  },

  JSON("200 bodies of bad JSON a second, each 60 kB of brackets, by who may write", 1) {
    @Override
    void start(Target target, ScheduledExecutorService timer) {
      String body = "{\"limits\":" + "[".repeat(60_000);
      String head = target.put() + "Content-Length: " + body.length() + "\r\n\r\n";
      ByteBuffer bytes = Target.bytes(body);
      var unused =
          timer.scheduleAtFixedRate(() -> target.send(head, bytes, 1), 0, 5, TimeUnit.MILLISECONDS);
    }
  };

  /** What it says once all of its connections have been opened. */
  static final String BEGUN = "begun";

  private static final int THREADS = 4;

  final String label;

  /** How many it has open at a time. */
  final int connections;

  Attack(String label, int connections) {
    this.label = label;
    this.connections = connections;
  }

  /** Has the timer do it, again and again. */
  abstract void start(Target target, ScheduledExecutorService timer);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Attacks until its input ends, and says how many connections it opened, and how many broke.
   *
   * @param args the attack, the port on this machine, the token
   * @throws InterruptedException if it is interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    Attack attack = valueOf(args[0]);
    Target target = new Target(Integer.parseInt(args[1]), args[2], attack.connections);
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(THREADS);
    attack.start(target, timer);
    target.begun.await();
    System.out.println(BEGUN);
    ChildJvm.awaitEnd();
    timer.shutdownNow();
    System.out.println(target.sent.get() + " " + target.broken.get());
    System.exit(0);
  }

  /** Where it goes, and what came of it. */
  static final class Target {
    private final InetSocketAddress address;
    private final String token;

    /** Connections that were opened, and those that did not last. */
    private final AtomicLong sent = new AtomicLong();

    private final AtomicLong broken = new AtomicLong();

    /** Opens once so many have been opened. */
    private final CountDownLatch begun;

    Target(int port, String token, int connections) {
      this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      this.token = token;
      this.begun = new CountDownLatch(connections);
    }

    static ByteBuffer bytes(String text) {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();
    }

    String put() {
      return "PUT /api/limits/default HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Type: application/json\r\nAuthorization: Bearer "
          + token
          + "\r\n";
    }

    SocketChannel open() throws IOException {
      SocketChannel channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      sent.incrementAndGet();
      begun.countDown();
      return channel;
    }

    /** Sends a head and a part so many times, and reads what comes back until it is closed. */
    void send(String head, ByteBuffer part, int times) {
      try (SocketChannel channel = open()) {
        write(channel, bytes(head));
        for (int i = 0; i < times; i++) {
          write(channel, part.duplicate());
        }
        channel.shutdownOutput();
        ByteBuffer answer = ByteBuffer.allocate(4_096);
        while (channel.read(answer) >= 0) {
          answer.clear();
        }
      } catch (IOException e) {
        broken.incrementAndGet();
      }
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  /** Connections that are opened anew as soon as they are closed. Belongs to one thread. */
  private static final class Crowd {
    private final Target target;
    private final String first;
    private final List<@Nullable SocketChannel> channels = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

    Crowd(int size, Target target, String first) {
      this.target = target;
      this.first = first;
      for (int i = 0; i < size; i++) {
        channels.add(null);
      }
    }

    /** Has each send something, if there is something, and one in two read. */
    void step(@Nullable String more) {
      for (int i = 0; i < channels.size(); i++) {
        SocketChannel channel = channels.get(i);
        try {
          if (channel == null) {
            channel = target.open();
            channels.set(i, channel);
            channel.configureBlocking(false);
            channel.write(Target.bytes(first));
          } else if (more != null) {
            channel.write(Target.bytes(more));
          }
          if (i % 2 == 0 || more != null) {
            buffer.clear();
            if (channel.read(buffer) < 0) {
              throw new IOException("closed");
            }
          }
        } catch (IOException e) {
          target.broken.incrementAndGet();
          channels.set(i, null);
          closeQuietly(channel);
        }
      }
    }

    private static void closeQuietly(@Nullable SocketChannel channel) {
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        // It is closed.
      }
    }
  }
}
