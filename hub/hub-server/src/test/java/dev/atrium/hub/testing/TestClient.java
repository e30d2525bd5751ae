package dev.atrium.hub.testing;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser as far as a hub can tell: keeps cookies, sends its Origin, opens sockets. */
public final class TestClient {

  private final Vertx vertx;
  private final int port;
  private final WebClient web;
  private final Map<String, String> cookies = new TreeMap<>();

  public TestClient(Vertx vertx, int port) {
    this.vertx = vertx;
    this.port = port;
    // One connection a call, as if each came from a page of its own: hubs come and go.
    this.web = WebClient.create(vertx, new WebClientOptions().setKeepAlive(false));
  }

  /** The same session at another hub. */
  public TestClient at(int otherPort) {
    TestClient other = new TestClient(vertx, otherPort);
    other.cookies.putAll(cookies);
    return other;
  }

  public String origin() {
    return "http://127.0.0.1:" + port;
  }

  public HttpResponse<Buffer> call(HttpMethod method, String path, JsonObject body)
    throws Exception {
    return call(method, path, body, Map.of("Origin", origin()));
  }

  public HttpResponse<Buffer> call(
    HttpMethod method,
    String path,
    JsonObject body,
    Map<String, String> headers
  ) throws Exception {
    var request = web.request(method, port, "127.0.0.1", path);
    request.followRedirects(false);
    headers.forEach(request::putHeader);
    if (!cookies.isEmpty()) {
      request.putHeader("Cookie", cookieHeader());
    }
    Future<HttpResponse<Buffer>> sent = body == null
      ? request.send()
      : request.sendJsonObject(body);
    HttpResponse<Buffer> response = Waits.get(sent);
    for (String cookie : response.cookies()) {
      String[] pair = cookie.split(";", 2)[0].split("=", 2);
      cookies.put(pair[0], pair[1]);
    }
    return response;
  }

  public JsonObject get(String path) throws Exception {
    return call(HttpMethod.GET, path, null).bodyAsJsonObject();
  }

  /** Waits until this client's hub knows of a model. */
  public void awaitModel() throws InterruptedException {
    Waits.until("the model is heard", () -> {
      try {
        return get("/health/ready").getBoolean("ready");
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
  }

  public void cookie(String name, String value) {
    cookies.put(name, value);
  }

  public String cookie(String name) {
    return cookies.get(name);
  }

  public String cookieHeader() {
    StringBuilder header = new StringBuilder();
    cookies.forEach((name, value) ->
      header.append(header.isEmpty() ? "" : "; ").append(name).append('=').append(value)
    );
    return header.toString();
  }

  /** Signs in as the first administrator, with a new password if it is still the one-time one. */
  public TestClient signIn() throws Exception {
    if (post("/api/session", "admin", TestHub.PASSWORD).statusCode() == 200) {
      return this;
    }
    expectOk(post("/api/session", "admin", TestHub.ONE_TIME));
    expectOk(
      call(
        HttpMethod.POST,
        "/api/session/password",
        new JsonObject().put("current", TestHub.ONE_TIME).put("next", TestHub.PASSWORD)
      )
    );
    return this;
  }

  private static void expectOk(HttpResponse<Buffer> response) {
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.bodyAsString());
    }
  }

  public HttpResponse<Buffer> post(String path, String name, String password) throws Exception {
    return call(
      HttpMethod.POST,
      path,
      new JsonObject().put("name", name).put("password", password)
    );
  }

  public Socket socket() throws Exception {
    return socket(Map.of("Origin", origin()));
  }

  public Socket socket(Map<String, String> headers) throws Exception {
    WebSocketClient client = vertx.createWebSocketClient();
    WebSocketConnectOptions options = new WebSocketConnectOptions()
      .setHost("127.0.0.1")
      .setPort(port)
      .setAllowOriginHeader(headers.containsKey("Origin"))
      .setURI("/ws");
    headers.forEach(options::addHeader);
    if (!cookies.isEmpty()) {
      options.addHeader("Cookie", cookieHeader());
    }
    var ws = client.webSocket();
    Socket socket = new Socket(client);
    ws.textMessageHandler(socket::heard);
    ws.closeHandler(_ -> socket.closed.complete(Optional.ofNullable(ws.closeStatusCode())));
    Promise<WebSocket> connected = Promise.promise();
    // On an event loop, so that the handlers are there before a hub that closes at once has done so.
    vertx.runOnContext(_ -> ws.connect(options).onComplete(connected));
    socket.ws = Waits.get(connected.future());
    return socket;
  }

  /** One open websocket and what was heard on it. */
  public static final class Socket {

    public final List<HubFrame> heard = new CopyOnWriteArrayList<>();
    public final CompletableFuture<Optional<Short>> closed = new CompletableFuture<>();
    private final BlockingQueue<HubFrame> queue = new LinkedBlockingQueue<>();
    public WebSocket ws;

    /** Held, since Vert.x closes a client, and what it has open, once nobody holds it. */
    @SuppressWarnings("unused")
    private final WebSocketClient client;

    private Socket(WebSocketClient client) {
      this.client = client;
    }

    private void heard(String text) {
      HubFrame frame = HubFrame.fromJson(new JsonObject(text));
      heard.add(frame);
      queue.add(frame);
    }

    public void send(ClientFrame frame) throws Exception {
      Waits.get(ws.writeTextMessage(frame.toJson().encode()));
    }

    public void send(String text) throws Exception {
      Waits.get(ws.writeTextMessage(text));
    }

    /** The next frame of this type; others before it are dropped. */
    public <T extends HubFrame> T await(Class<T> type) throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
      while (true) {
        HubFrame frame = queue.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (frame == null) {
          throw new AssertionError("no " + type.getSimpleName() + " within 15 s; heard " + heard);
        }
        if (type.isInstance(frame)) {
          return type.cast(frame);
        }
      }
    }

    public int closeCode() throws Exception {
      return closed.get(15, TimeUnit.SECONDS).orElseThrow();
    }

    public HubFrame.Saved ask(String text) throws Exception {
      return ask(Optional.empty(), Optional.empty(), text);
    }

    public HubFrame.Saved ask(Optional<UUID> conversation, Optional<UUID> parent, String text)
      throws Exception {
      UUID id = UUID.randomUUID();
      send(new ClientFrame.Send(id, conversation, parent, Optional.empty(), text));
      return await(HubFrame.Saved.class);
    }

    /** Everything heard of one type. */
    public <T extends HubFrame> Stream<T> all(Class<T> type) {
      return heard.stream().filter(type::isInstance).map(type::cast);
    }

    /**
     * The text of a generation as its deltas built it, from where a resumed one went on; a delta that
     * does not fit is an error.
     */
    public String text(UUID generation) {
      StringBuilder text = new StringBuilder();
      int base = 0;
      int length = 0;
      for (HubFrame frame : heard) {
        if (frame instanceof HubFrame.Delta d && d.generationId().equals(generation)) {
          if (d.from() != length) {
            throw new AssertionError("delta from " + d.from() + " at length " + length);
          }
          text.append(d.text());
          length += d.text().codePointCount(0, d.text().length());
        } else if (frame instanceof HubFrame.Resumed r && r.generationId().equals(generation)) {
          base = text.isEmpty() ? r.position() : base;
          text.setLength(text.offsetByCodePoints(0, r.position() - base));
          length = r.position();
        }
      }
      return text.toString();
    }
  }
}
