package dev.atrium.hub.testing;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The other end of a hub's websocket, written down to the bits of RFC 6455 over plain TCP, so that a
 * test may break every rule of it.
 */
public final class RawSocket implements AutoCloseable {

  public static final int CONTINUATION = 0x0;
  public static final int TEXT = 0x1;
  public static final int BINARY = 0x2;
  public static final int CLOSE = 0x8;
  public static final int PING = 0x9;
  public static final int PONG = 0xA;
  public static final int FIN = 0x80;
  public static final int MASKED = 0x80;

  private static final int TIMEOUT_MS = 15_000;
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final byte[] MASK = { 0x37, (byte) 0xfa, 0x21, 0x3d };

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /** A frame from the hub. */
  public static final class Frame {

    private final int first;
    private final byte[] payload;

    private Frame(int first, byte[] payload) {
      this.first = first;
      this.payload = payload;
    }

    public boolean fin() {
      return (first & FIN) != 0;
    }

    public int opcode() {
      return first & 0xf;
    }

    public byte[] payload() {
      return payload;
    }

    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /** The code in a close frame; 1005 if it has none, as the RFC calls that. */
    public int closeCode() {
      return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
    }

    @Override
    public String toString() {
      return "frame " + opcode() + " " + text();
    }
  }

  private RawSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  /** Opens a socket with this session; the handshake's answer is checked. */
  public static RawSocket open(int port, TestClient session) throws Exception {
    return open(port, session, 0);
  }

  /** The same with a receive buffer of the kernel of so many bytes; 0 leaves it to the kernel. */
  public static RawSocket open(int port, TestClient session, int receiveBuffer) throws Exception {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
      socket.setSendBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MS);
    RawSocket raw = new RawSocket(socket);
    raw.handshake(port, session);
    return raw;
  }

  private void handshake(int port, TestClient session) throws Exception {
    String key = Base64.getEncoder().encodeToString(
      "sixteen bytes ok".getBytes(StandardCharsets.US_ASCII)
    );
    sendBytes(
      ("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" +
        port +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1:" +
        port +
        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
        key +
        "\r\nSec-WebSocket-Extensions: permessage-deflate\r\nCookie: " +
        session.cookieHeader() +
        "\r\n\r\n").getBytes(StandardCharsets.US_ASCII)
    );
    List<String> head = head();
    byte[] hash = MessageDigest.getInstance("SHA-1").digest(
      (key + GUID).getBytes(StandardCharsets.US_ASCII)
    );
    String accept = "sec-websocket-accept: " + Base64.getEncoder().encodeToString(hash);
    if (!head.getFirst().contains(" 101 ") || head.stream().noneMatch(accept::equalsIgnoreCase)) {
      throw new AssertionError("no handshake: " + head);
    }
    if (
      head
        .stream()
        .anyMatch(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-extensions"))
    ) {
      throw new AssertionError("extensions would cost memory: " + head);
    }
  }

  private List<String> head() throws IOException {
    List<String> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int b = in.readUnsignedByte();
      if (b == '\n') {
        String text = line.toString(StandardCharsets.US_ASCII).strip();
        if (text.isEmpty()) {
          return lines;
        }
        lines.add(text);
        line.reset();
      } else {
        line.write(b);
      }
    }
  }

  public void sendBytes(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  public void sendText(String text) throws IOException {
    send(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public void send(ClientFrame frame) throws IOException {
    sendText(frame.toJson().encode());
  }

  /** A lawful frame but for its first byte: masked, with the shortest form of its length. */
  public void send(int first, byte... payload) throws IOException {
    sendBytes(frame(first, payload));
  }

  /** A close frame with this code. */
  public void sendClose(int code) throws IOException {
    send(FIN | CLOSE, (byte) (code >> 8), (byte) code);
  }

  /** The bytes of a masked frame with the shortest form of its length. */
  public static byte[] frame(int first, byte... payload) {
    int length = payload.length;
    byte[] head = length < 126
      ? new byte[] { (byte) first, (byte) (MASKED | length) }
      : length < 65_536
        ? new byte[] { (byte) first, (byte) (MASKED | 126), (byte) (length >> 8), (byte) length }
        : longHead(first, length);
    return masked(head, payload);
  }

  /** The head of a masked frame with the 64-bit form of its length. */
  public static byte[] longHead(int first, long length) {
    return ByteBuffer.allocate(10)
      .put((byte) first)
      .put((byte) (MASKED | 127))
      .putLong(length)
      .array();
  }

  /** Head, mask and masked payload. */
  public static byte[] masked(byte[] head, byte... payload) {
    ByteBuffer bytes = ByteBuffer.allocate(head.length + MASK.length + payload.length);
    bytes.put(head).put(MASK);
    for (int i = 0; i < payload.length; i++) {
      bytes.put((byte) (payload[i] ^ MASK[i % MASK.length]));
    }
    return bytes.array();
  }

  /** The next frame from the hub; empty at the end of the connection, in order or not. */
  public Optional<Frame> read() throws IOException {
    try {
      int first = in.readUnsignedByte();
      int length = in.readUnsignedByte();
      if ((length & MASKED) != 0 || (first & 0x70) != 0) {
        throw new AssertionError("a hub must not mask, nor set reserved bits");
      }
      long bytes = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
      byte[] payload = new byte[(int) bytes];
      in.readFully(payload);
      return Optional.of(new Frame(first, payload));
    } catch (EOFException | java.net.SocketException _) {
      return Optional.empty();
    }
  }

  /** The next frame with this opcode; others before it are dropped. */
  public Frame await(int opcode) throws IOException {
    while (true) {
      Frame frame = read().orElseThrow(() -> new AssertionError("the connection is gone"));
      if (frame.opcode() == opcode) {
        return frame;
      }
    }
  }

  /** The next text frame of this type; others before it are dropped. */
  public <T extends HubFrame> T await(Class<T> type) throws IOException {
    while (true) {
      HubFrame frame = HubFrame.fromJson(new JsonObject(await(TEXT).text()));
      if (type.isInstance(frame)) {
        return type.cast(frame);
      }
    }
  }

  /** The code of the hub's close frame, after which it must end the connection by itself. */
  public int awaitClosed() throws IOException {
    int code = await(CLOSE).closeCode();
    if (code >= 4_000) {
      // Its own reasons wait for the handshake; a broken rule does not.
      sendClose(code);
    }
    awaitEnd();
    return code;
  }

  /** Reads until the hub has ended the connection. */
  public void awaitEnd() throws IOException {
    while (read().isPresent()) {
      // what was on its way
    }
  }

  /** Limits the time that reading waits. */
  public void patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  public int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
