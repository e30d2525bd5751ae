package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.CloseCode;
import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Person.Authorization;
import dev.atrium.stress.figures.Figures.Count;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Arrays;

/**
 * One person's websocket to whichever hub answers. It comes back by itself, with exponential back-off
 * and full jitter, asks with pings whether a silent hub is there, and promises nothing about frames in
 * flight: the same times and rules as the web client's {@code connection.ts}. Confined to the clients'
 * event loop.
 */
final class Line {

  private static final long FIRST_DELAY_MS = 400;
  private static final long MAX_DELAY_MS = 15_000;
  private static final long PING_MS = 20_000;
  private static final long PONG_MS = 8_000;
  private static final long WELCOME_MS = 10_000;
  private static final long AUTHORIZE_MS = 35_000;
  private static final long STABLE_NANOS = 5_000_000_000L;

  /** Who hears what comes. */
  interface Listener {
    void welcomed();

    void onFrame(HubFrame frame);

    /** The hub does not want this client back. */
    void refused(int closeCode);
  }

  private final Network network;
  private final Person person;
  private final Listener listener;
  private WebSocket socket;
  private boolean online;
  private boolean wasOnline;
  private boolean stopped;
  private int attempt;
  private int tries;
  private long welcomedNanos;
  private long heardNanos;
  private long timer = -1;
  /** Outdated attempts see that they are by this number. */
  private int generation;

  Line(Network network, Person person, Listener listener) {
    this.network = network;
    this.person = person;
    this.listener = listener;
  }

  Person person() {
    return person;
  }

  boolean online() {
    return online;
  }

  void start() {
    open();
  }

  void stop() {
    stopped = true;
    drop();
  }

  /** False if there is no line: the caller keeps the frame for the next welcome. */
  boolean send(ClientFrame frame) {
    if (!online) {
      return false;
    }
    socket.writeTextMessage(frame.toJson().encode());
    return true;
  }

  /** Is away for a while; then it comes back by itself. */
  void cut(long millis) {
    if (!stopped) {
      network.figures().count(Count.CUTS);
      drop();
      watch(millis, this::open);
    }
  }

  private void open() {
    drop();
    int mine = generation;
    watch(AUTHORIZE_MS, () -> lost(0));
    URI address = network.address(tries++);
    person
      .authorize(network, address)
      .onComplete(result -> {
        if (mine != generation) {
          return;
        }
        if (result.succeeded() && result.result() == Authorization.OK) {
          dial(mine, address);
        } else {
          network.figures().count(Count.FAILED_CONNECTS);
          comeBack();
        }
      });
  }

  private void dial(int mine, URI address) {
    watch(WELCOME_MS, () -> lost(0));
    network
      .sockets()
      .connect(
        new WebSocketConnectOptions()
          .setHost(address.getHost())
          .setPort(address.getPort())
          .setURI("/ws")
          .setTimeout(WELCOME_MS)
          .putHeader("Origin", address.toString())
          .putHeader("Cookie", person.cookie())
      )
      .onComplete(result -> {
        if (mine != generation) {
          if (result.succeeded()) {
            result.result().close();
          }
        } else if (result.succeeded()) {
          opened(mine, result.result());
        } else {
          network.figures().count(Count.FAILED_CONNECTS);
          lost(0);
        }
      });
  }

  private void opened(int mine, WebSocket fresh) {
    socket = fresh;
    fresh.exceptionHandler(_ -> {});
    fresh.textMessageHandler(text -> {
      if (mine == generation) {
        hear(text);
      }
    });
    fresh.closeHandler(_ -> {
      if (mine == generation) {
        Short code = fresh.closeStatusCode();
        lost(code == null ? 0 : code);
      }
    });
  }

  private void hear(String text) {
    heardNanos = System.nanoTime();
    HubFrame frame = HubFrame.fromJson(new JsonObject(text));
    if (frame instanceof HubFrame.Welcome) {
      welcomedNanos = System.nanoTime();
      online = true;
      if (wasOnline) {
        network.figures().count(Count.RECONNECTS);
      }
      wasOnline = true;
      listen(PING_MS);
      listener.welcomed();
      return;
    }
    if (System.nanoTime() - welcomedNanos > STABLE_NANOS) {
      // Not at the welcome already: a hub that greets and falls over must not be hammered.
      attempt = 0;
      tries = 0;
    }
    if (!(frame instanceof HubFrame.Pong)) {
      listener.onFrame(frame);
    }
  }

  /** One look at the clock in twenty seconds: a timer for each frame would be the driver's dearest work. */
  private void listen(long millis) {
    watch(millis, () -> {
      long silentMillis = (System.nanoTime() - heardNanos) / 1_000_000;
      if (silentMillis < PING_MS) {
        listen(PING_MS - silentMillis);
      } else {
        ping();
      }
    });
  }

  private void ping() {
    long asked = System.nanoTime();
    send(new ClientFrame.Ping(System.currentTimeMillis()));
    watch(PONG_MS, () -> {
      if (heardNanos - asked > 0) {
        listen(PING_MS);
      } else {
        lost(0);
      }
    });
  }

  private void lost(int code) {
    network.figures().closed(code);
    drop();
    boolean refused = Arrays.stream(CloseCode.values()).anyMatch(
      c -> c.number() == code && !c.comeBack() && c != CloseCode.SESSION_ENDED
    );
    if (refused) {
      stopped = true;
      listener.refused(code);
    } else {
      comeBack();
    }
  }

  private void comeBack() {
    if (stopped) {
      return;
    }
    double ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * Math.pow(2, attempt));
    long delay = Math.max(1, (long) (ceiling * (0.25 + 0.75 * network.random().nextDouble())));
    attempt++;
    watch(delay, this::open);
  }

  private void drop() {
    generation++;
    online = false;
    network.vertx().cancelTimer(timer);
    timer = -1;
    WebSocket old = socket;
    socket = null;
    if (old != null && !old.isClosed()) {
      old.close();
    }
  }

  /** One timer at a time: the line waits either for news, for a pong, or to try again. */
  private void watch(long millis, Runnable what) {
    network.vertx().cancelTimer(timer);
    timer = network.vertx().setTimer(millis, _ -> what.run());
  }
}
