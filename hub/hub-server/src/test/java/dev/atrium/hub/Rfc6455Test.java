package dev.atrium.hub;

import static dev.atrium.hub.testing.RawSocket.BINARY;
import static dev.atrium.hub.testing.RawSocket.CLOSE;
import static dev.atrium.hub.testing.RawSocket.CONTINUATION;
import static dev.atrium.hub.testing.RawSocket.FIN;
import static dev.atrium.hub.testing.RawSocket.MASKED;
import static dev.atrium.hub.testing.RawSocket.PING;
import static dev.atrium.hub.testing.RawSocket.PONG;
import static dev.atrium.hub.testing.RawSocket.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.RawSocket;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The websocket by the letter of RFC 6455, bit by bit over TCP. Beside whoever breaks a rule another
 * socket stays open, and must not notice.
 */
class Rfc6455Test {

  private static final int LIMIT = 256 * 1024;

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static Vertx browser;
  private static TestClient client;

  private TestClient.Socket neighbour;
  private RawSocket socket;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
    browser = Vertx.vertx();
    client = new TestClient(browser, hub.port()).signIn();
  }

  @AfterAll
  static void stop() throws Exception {
    // The hub first: a browser with open sockets takes half a minute to close.
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  @BeforeEach
  void open() throws Exception {
    neighbour = client.socket();
    neighbour.await(HubFrame.Welcome.class);
    socket = RawSocket.open(hub.port(), client);
    socket.await(HubFrame.Welcome.class);
  }

  @AfterEach
  void theNeighbourHasNoticedNothing() throws Exception {
    socket.close();
    neighbour.send(new ClientFrame.Ping(7));
    assertThat(neighbour.await(HubFrame.Pong.class).t()).isEqualTo(7);
    assertThat(neighbour.heard).noneMatch(HubFrame.Error.class::isInstance);
    Waits.get(neighbour.ws.close());
  }

  private static byte[] ping(int t) {
    return new ClientFrame.Ping(t).toJson().encode().getBytes(UTF_8);
  }

  private void assertAlive() throws IOException {
    socket.send(FIN | TEXT, ping(99));
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(99);
  }

  // Fragments (5.4)

  @Test
  void fragmentsAreOneMessage() throws Exception {
    byte[] text = ping(1);
    socket.send(TEXT, Arrays.copyOfRange(text, 0, 3));
    socket.send(CONTINUATION, Arrays.copyOfRange(text, 3, 8));
    socket.send(FIN | CONTINUATION, Arrays.copyOfRange(text, 8, text.length));
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(1);
    assertAlive();
  }

  @Test
  void aMessageMayComeInFramesOfOneByteAndBytesOfOneSegmentEach() throws Exception {
    byte[] text = ping(2);
    for (int i = 0; i < text.length; i++) {
      int first = (i == 0 ? TEXT : CONTINUATION) | (i == text.length - 1 ? FIN : 0);
      for (byte b : RawSocket.frame(first, text[i])) {
        socket.sendBytes(new byte[] { b });
      }
    }
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(2);
  }

  @Test
  void emptyFragmentsBeforeBetweenAndBehindChangeNothing() throws Exception {
    byte[] text = ping(3);
    socket.send(TEXT);
    socket.send(CONTINUATION);
    socket.send(CONTINUATION, text);
    socket.send(CONTINUATION);
    socket.send(FIN | CONTINUATION);
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(3);
    assertAlive();
  }

  @Test
  void controlFramesBetweenFragmentsAreAnsweredAtOnce() throws Exception {
    byte[] text = ping(4);
    socket.send(TEXT, Arrays.copyOfRange(text, 0, 5));
    socket.send(FIN | PING, "between".getBytes(UTF_8));
    assertThat(socket.await(PONG).text()).isEqualTo("between");
    socket.send(FIN | PONG, "nobody asked".getBytes(UTF_8));
    socket.send(FIN | CONTINUATION, Arrays.copyOfRange(text, 5, text.length));
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(4);
  }

  @Test
  void aCloseBetweenFragmentsIsAnswered() throws Exception {
    socket.send(TEXT, ping(5));
    socket.sendClose(1001);
    assertThat(socket.awaitClosed()).isEqualTo(1001);
  }

  @Test
  void aContinuationOfNothingBreaksTheRules() throws Exception {
    socket.send(FIN | CONTINUATION, ping(6));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void aContinuationOfAMessageThatHasEndedBreaksTheRules() throws Exception {
    socket.send(FIN | TEXT, ping(6));
    socket.send(FIN | CONTINUATION, ping(6));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = { TEXT, BINARY, FIN | TEXT, FIN | BINARY })
  void aNewMessageAmongFragmentsBreaksTheRules(int first) throws Exception {
    socket.send(TEXT, ping(7));
    socket.send(first, ping(8));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void fragmentsWithoutEndAreCutOff() throws Exception {
    socket.send(TEXT);
    byte[] empty = RawSocket.frame(CONTINUATION);
    byte[] many = new byte[empty.length * 5_000];
    for (int i = 0; i < 5_000; i++) {
      System.arraycopy(empty, 0, many, i * empty.length, empty.length);
    }
    socket.sendBytes(many);
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("bad_frame");
    assertThat(socket.awaitClosed()).isEqualTo(4400);
  }

  // Control frames (5.5)

  @ParameterizedTest
  @ValueSource(ints = { 0, 1, 125 })
  void aPingIsEchoed(int length) throws Exception {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    socket.send(FIN | PING, payload);
    RawSocket.Frame pong = socket.await(PONG);
    assertThat(pong.payload()).isEqualTo(payload);
    assertThat(pong.fin()).isTrue();
    assertAlive();
  }

  @ParameterizedTest
  @ValueSource(ints = { PING, PONG, CLOSE })
  void aLongControlFrameBreaksTheRules(int opcode) throws Exception {
    socket.send(FIN | opcode, new byte[126]);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = { PING, PONG, CLOSE })
  void aFragmentedControlFrameBreaksTheRules(int opcode) throws Exception {
    socket.send(opcode);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void whoAsksWithoutReadingIsNotReadEither() throws Exception {
    try (RawSocket deaf = RawSocket.open(hub.port(), client, 16 * 1024)) {
      byte[] ping = RawSocket.frame(FIN | PING, new byte[125]);
      byte[] thousand = new byte[ping.length * 1_000];
      for (int i = 0; i < 1_000; i++) {
        System.arraycopy(ping, 0, thousand, i * ping.length, ping.length);
      }
      long[] sent = new long[1];
      Thread sender = Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            while (true) {
              deaf.sendBytes(thousand);
              sent[0] += thousand.length;
            }
          } catch (IOException _) {
            // it was let go
          }
        });
      long before = -1;
      while (sender.isAlive() && sent[0] != before) {
        before = sent[0];
        sender.join(1_000);
      }
      // What the kernel holds both ways, and what the hub took before it noticed.
      assertThat(sent[0]).isLessThan(16 << 20);
      assertThat(sender.isAlive()).as("the hub does not read").isTrue();
      assertThat(deaf.await(PONG).payload()).hasSize(125);
    }
  }

  // Masks, reserved bits and opcodes (5.1, 5.2)

  @Test
  void anUnmaskedFrameBreaksTheRules() throws Exception {
    byte[] text = ping(9);
    byte[] frame = new byte[2 + text.length];
    frame[0] = (byte) (FIN | TEXT);
    frame[1] = (byte) text.length;
    System.arraycopy(text, 0, frame, 2, text.length);
    socket.sendBytes(frame);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = { 0x40, 0x20, 0x10, 0x70 })
  void reservedBitsBreakTheRules(int bits) throws Exception {
    socket.send(FIN | bits | TEXT, ping(10));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(ints = { 0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF })
  void reservedOpcodesBreakTheRules(int opcode) throws Exception {
    socket.send(FIN | opcode);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  // Text (5.6, 8.1)

  @Test
  void aCharacterMayBeSplitBetweenFragments() throws Exception {
    byte[] text = "{\"type\":\"chat.唱👋\"}".getBytes(UTF_8);
    for (int cut = 1; cut < text.length; cut++) {
      socket.send(TEXT, Arrays.copyOfRange(text, 0, cut));
      socket.send(FIN | CONTINUATION, Arrays.copyOfRange(text, cut, text.length));
      HubFrame.Error error = socket.await(HubFrame.Error.class);
      assertThat(error.error().args()).containsEntry("type", "chat.唱👋");
      if (cut % 15 == 0) {
        // The twentieth bad frame would end the socket.
        socket.close();
        socket = RawSocket.open(hub.port(), client);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "ff",
      "80",
      "c080",
      "c0af",
      "e08080",
      "eda080",
      "edbfbf",
      "f4908080",
      "f5808080",
      "e4bd",
      "f09f91",
      "7b22ff22",
    }
  )
  void textThatIsNotUtf8IsRefused(String hex) throws Exception {
    socket.send(FIN | TEXT, HexFormat.of().parseHex(hex));
    assertThat(socket.awaitClosed()).isEqualTo(1007);
  }

  @ParameterizedTest
  @ValueSource(strings = { "e4 41a0", "f09f 918b80", "c3 28", "e4bd e4bda0" })
  void norDoesItPassInFragments(String hex) throws Exception {
    String[] parts = hex.split(" ", 2);
    socket.send(TEXT, HexFormat.of().parseHex(parts[0]));
    socket.send(FIN | CONTINUATION, HexFormat.of().parseHex(parts[1]));
    assertThat(socket.awaitClosed()).isEqualTo(1007);
  }

  @Test
  void anEmptyTextIsLawfulButNoFrameOfOurs() throws Exception {
    socket.send(FIN | TEXT);
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("bad_frame");
    assertThat(socket.awaitClosed()).isEqualTo(4400);
  }

  // Lengths (5.2) and limits

  @Test
  void theLargestMessageIsReadInEveryCut() throws Exception {
    byte[] text = new byte[LIMIT];
    byte[] head = "{\"type\":\"ping\",\"t\":11,\"x\":\"".getBytes(UTF_8);
    Arrays.fill(text, (byte) 'x');
    System.arraycopy(head, 0, text, 0, head.length);
    text[LIMIT - 2] = '"';
    text[LIMIT - 1] = '}';
    socket.send(FIN | TEXT, text);
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(11);
    int step = 65_536;
    for (int i = 0; i < LIMIT; i += step) {
      int first = (i == 0 ? TEXT : CONTINUATION) | (i + step == LIMIT ? FIN : 0);
      socket.send(first, Arrays.copyOfRange(text, i, i + step));
    }
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(11);
  }

  @Test
  void aByteMoreIsTooLarge() throws Exception {
    socket.send(FIN | TEXT, new byte[LIMIT + 1]);
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("too_large");
    assertThat(socket.awaitClosed()).isEqualTo(4413);
  }

  @Test
  void fragmentsTogetherAreTooLargeBeforeTheyEnd() throws Exception {
    byte[] part = new byte[60_000];
    Arrays.fill(part, (byte) 'x');
    for (int i = 0; i < 5; i++) {
      socket.send(i == 0 ? TEXT : CONTINUATION, part);
    }
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("too_large");
    assertThat(socket.awaitClosed()).isEqualTo(4413);
  }

  @Test
  void aFrameOfTwiceTheLimitIsNotEvenAwaited() throws Exception {
    socket.sendBytes(RawSocket.masked(RawSocket.longHead(FIN | TEXT, 2L * LIMIT + 1)));
    assertThat(socket.awaitClosed()).isEqualTo(1009);
  }

  @ParameterizedTest
  @ValueSource(longs = { 1L << 31, 1L << 40, Long.MAX_VALUE })
  void aFrameBeyondAllMeasureIsNotEvenAwaited(long length) throws Exception {
    socket.sendBytes(RawSocket.masked(RawSocket.longHead(FIN | TEXT, length)));
    assertThat(socket.awaitClosed()).isEqualTo(1009);
  }

  @Test
  void aLengthWithItsHighestBitSetBreaksTheRules() throws Exception {
    socket.sendBytes(RawSocket.masked(RawSocket.longHead(FIN | TEXT, Long.MIN_VALUE | 20)));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void aLengthInALongerFormThanItNeedsBreaksTheRules() throws Exception {
    byte[] text = ping(12);
    byte[] middle = { (byte) (FIN | TEXT), (byte) (MASKED | 126), 0, (byte) text.length };
    socket.sendBytes(RawSocket.masked(middle, text));
    assertThat(socket.awaitClosed()).isEqualTo(1002);
    try (RawSocket other = RawSocket.open(hub.port(), client)) {
      other.sendBytes(RawSocket.masked(RawSocket.longHead(FIN | TEXT, text.length), text));
      assertThat(other.awaitClosed()).isEqualTo(1002);
    }
  }

  // Closing (5.5.1, 7.4)

  @ParameterizedTest
  @ValueSource(
    ints = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999 }
  )
  void aCloseIsEchoedAndTheConnectionEnded(int code) throws Exception {
    socket.sendClose(code);
    RawSocket.Frame close = socket.await(CLOSE);
    assertThat(close.closeCode()).isEqualTo(code);
    assertThat(socket.read()).as("nothing follows a close").isEmpty();
  }

  @Test
  void aCloseWithoutACodeIsAnswered() throws Exception {
    socket.send(FIN | CLOSE);
    assertThat(socket.await(CLOSE).closeCode()).isIn(1000, 1005);
    assertThat(socket.read()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = { 0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999 })
  void aCodeThatMustNotBeSentBreaksTheRules(int code) throws Exception {
    socket.sendClose(code);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void halfACodeBreaksTheRules() throws Exception {
    socket.send(FIN | CLOSE, (byte) 3);
    assertThat(socket.awaitClosed()).isEqualTo(1002);
  }

  @Test
  void aReasonThatIsNotUtf8IsRefused() throws Exception {
    socket.send(FIN | CLOSE, (byte) 3, (byte) 0xe8, (byte) 0xff);
    assertThat(socket.awaitClosed()).isEqualTo(1007);
  }

  @Test
  void whatFollowsACloseIsNotHeard() throws Exception {
    byte[] close = RawSocket.frame(FIN | CLOSE, (byte) 3, (byte) 0xe8);
    byte[] ping = RawSocket.frame(FIN | TEXT, ping(13));
    byte[] both = Arrays.copyOf(close, close.length + ping.length);
    System.arraycopy(ping, 0, both, close.length, ping.length);
    socket.sendBytes(both);
    RawSocket.Frame next = socket.read().orElseThrow();
    assertThat(next.opcode()).isEqualTo(CLOSE);
    assertThat(socket.read()).isEmpty();
  }

  @Test
  void whatFollowsARefusalIsNotHeard() throws Exception {
    byte[] bad = RawSocket.frame(FIN | TEXT, "no json".getBytes(UTF_8));
    byte[] ping = RawSocket.frame(FIN | TEXT, ping(14));
    byte[] both = Arrays.copyOf(bad, bad.length + ping.length);
    System.arraycopy(ping, 0, both, bad.length, ping.length);
    socket.sendBytes(both);
    assertThat(socket.await(TEXT).text()).contains("bad_frame");
    assertThat(socket.read().orElseThrow().opcode()).isEqualTo(CLOSE);
  }

  @Test
  void whoDoesNotAnswerACloseIsLeftAfterAWhile() throws Exception {
    socket.sendText("no json");
    assertThat(socket.await(CLOSE).closeCode()).isEqualTo(4400);
    long before = System.nanoTime();
    socket.awaitEnd();
    assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
  }

  // And everything else

  @Test
  void noiseHarmsNobody() throws Exception {
    long seed = 6_455;
    Random random = new Random(seed);
    int rounds = HubData.count(60, 2_000);
    for (int i = 0; i < rounds; i++) {
      try (RawSocket noisy = RawSocket.open(hub.port(), client)) {
        byte[] noise = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(noise);
        if (i % 2 == 0) {
          // Half of them begin as a lawful frame does.
          noise[0] = (byte) (random.nextInt(16) | (random.nextBoolean() ? FIN : 0));
        }
        noisy.patience(20);
        noisy.sendBytes(noise);
        noisy.awaitEnd();
      } catch (SocketTimeoutException _) {
        // It waits for the rest of a frame.
      } catch (IOException _) {
        // It was cut off while it was talking.
      }
    }
    assertAlive();
  }
}
