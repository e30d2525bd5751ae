package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.CloseCode;
import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Person.Authorization;
import dev.atrium.stress.figures.Figures.Count;
import io.vertx.core.http.WebSocket;
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

  private static final long AT_ONCE_MS = 300;
  private static final long FIRST_DELAY_MS = 400;
  private static final long MAX_DELAY_MS = 15_000;
  private static final long PING_MS = 20_000;
  private static final long PONG_MS = 8_000;
  private static final long ANSWER_MS = 3_000;
  private static final long AWAITED_MS = 2_000;
  private static final long DOUBT_MS = 1_000;
  private static final long WELCOME_MS = 10_000;
  private static final long AUTHORIZE_MS = 35_000;
  private static final long STABLE_NANOS = 5_000_000_000L;

  /** Who hears what comes. */
  interface Listener {
    void welcomed();

    void onFrame(HubFrame frame);

    /** Whether something is under way that this line brings. */
    boolean awaits();

    /** The hub does not want this client back. */
    void refused(int closeCode);
  }

  private final Network network;
  private final Person person;
  private final Listener listener;
  private WebSocket socket;
  private String hubId = "";
  private boolean online;
  private boolean pinged;
  private Search search;
  private long dialledNanos;
  private boolean wasOnline;
  private boolean stopped;
  private boolean away;
  private boolean stalled;
  private int attempt;
  private int tries;
  /** Whether the next attempt begins by asking a hub who is signed in. */
  private boolean asks = true;
  /** Over how long the hub's clients spread their return if they await nothing, as it told last. */
  private int spreadMs;
  /** Whether it waits only to leave room for others. */
  private boolean yields;
  private long welcomedNanos;
  /** What the last welcome took. */
  private long usualNanos;
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

  /** The hub that welcomed it last. */
  String hubId() {
    return hubId;
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
      if (yields) {
        open();
      }
      return false;
    }
    socket.writeTextMessage(frame.toJson().encode());
    if (!(frame instanceof ClientFrame.Ping) && !pinged) {
      expect();
    }
    return true;
  }

  /** Loses its connection and is away for a while; then it comes back by itself. */
  void cut(Cut cut) {
    if (stopped) {
      return;
    }
    network.figures().count(Count.CUTS);
    WebSocket old = socket;
    socket = null;
    drop();
    away = true;
    if (old != null) {
      cut.sever(old);
    }
    watch(cut.millis(), () -> {
      if (old != null) {
        Cut.reset(old);
      }
      open();
    });
  }

  /** Whether it was cut and has not come back. */
  boolean away() {
    return away;
  }

  /** While it is stalled nothing is read after the welcome; after that it begins anew. */
  void stall(boolean on) {
    stalled = on;
    if (on && online) {
      freeze();
    } else if (!on) {
      WebSocket old = socket;
      socket = null;
      if (old != null) {
        Cut.reset(old);
      }
      open();
    }
  }

  private void freeze() {
    network.vertx().cancelTimer(timer);
    socket.pause();
  }

  private void open() {
    drop();
    int mine = generation;
    URI address = network.address(tries++);
    if (!asks) {
      dial(mine, address);
      return;
    }
    watch(AUTHORIZE_MS, () -> lost(0));
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
          comeBack(delay(false, 0));
        }
      });
  }

  private void dial(int mine, URI address) {
    network.vertx().cancelTimer(timer);
    network
      .dials()
      .add(() -> {
        if (mine == generation) {
          connect(mine, address);
        }
      });
  }

  private void connect(int mine, URI address) {
    watch(WELCOME_MS, () -> lost(0));
    dialledNanos = System.nanoTime();
    person
      .dial(network, address, WELCOME_MS)
      .onComplete(result -> {
        if (mine != generation) {
          if (result.succeeded()) {
            result.result().close();
          }
        } else if (result.succeeded()) {
          opened(result.result());
        } else {
          network.figures().count(Count.FAILED_CONNECTS);
          lost(0);
        }
      });
  }

  private void opened(WebSocket fresh) {
    int mine = generation;
    socket = fresh;
    fresh.exceptionHandler(_ -> {});
    fresh.textMessageHandler(text -> {
      if (mine == generation) {
        hear(HubFrame.fromJson(new JsonObject(text)));
      }
    });
    fresh.closeHandler(_ -> {
      if (mine == generation) {
        Short code = fresh.closeStatusCode();
        lost(code == null ? 0 : code);
      }
    });
  }

  private void hear(HubFrame frame) {
    heardNanos = System.nanoTime();
    boolean doubted = pinged;
    pinged = false;
    endSearch();
    if (frame instanceof HubFrame.Welcome welcome) {
      hubId = welcome.hubId();
      spreadMs = welcome.spreadMs();
      welcomedNanos = System.nanoTime();
      usualNanos = welcomedNanos - dialledNanos;
      online = true;
      asks = false;
      away = false;
      if (wasOnline) {
        network.figures().count(Count.RECONNECTS);
      }
      wasOnline = true;
      listen(patience());
      listener.welcomed();
      if (stalled) {
        freeze();
      }
      return;
    }
    if (System.nanoTime() - welcomedNanos > STABLE_NANOS) {
      // Not at the welcome already: a hub that greets and falls over must not be hammered.
      attempt = 0;
      tries = 0;
    }
    if (online && doubted) {
      listen(patience());
    }
    if (frame instanceof HubFrame.Pong pong) {
      spreadMs = pong.spreadMs();
    } else {
      listener.onFrame(frame);
    }
  }

  /** How long a silence may last: a short while when an answer is awaited. */
  private long patience() {
    return listener.awaits() ? AWAITED_MS : PING_MS;
  }

  /** Asks after a silence. A timer for each frame would be the driver's dearest work: this one looks. */
  private void listen(long millis) {
    watch(millis, () -> {
      long left = patience() - (System.nanoTime() - heardNanos) / 1_000_000;
      if (left > 0) {
        listen(left);
      } else {
        ping();
      }
    });
  }

  /** Asks when nothing comes after what was sent. */
  private void expect() {
    long sent = System.nanoTime();
    watch(listener.awaits() ? AWAITED_MS : ANSWER_MS, () -> {
      if (heardNanos - sent > 0) {
        listen(patience());
      } else {
        ping();
      }
    });
  }

  private void ping() {
    send(new ClientFrame.Ping(System.currentTimeMillis()));
    pinged = true;
    if (listener.awaits()) {
      watch(DOUBT_MS, this::seek);
    } else {
      watch(PONG_MS, () -> lost(0));
    }
  }

  /** The hub may only be slow: its line is kept until it speaks, or another hub does. */
  private void seek() {
    network.figures().count(Count.SEARCHES);
    watch(PONG_MS - DOUBT_MS, () -> lost(0));
    search = new Search(network, person, usualNanos / 1_000_000, this::change);
  }

  private void change(Search.Found found) {
    drop();
    // One that does not hold either is followed by the usual delays.
    attempt++;
    dialledNanos = System.nanoTime() - found.nanos();
    opened(found.socket());
    hear(found.welcome());
  }

  private void endSearch() {
    if (search != null) {
      search.end();
      search = null;
    }
  }

  private void lost(int code) {
    network.figures().closed(code);
    boolean held = online;
    drop();
    boolean refused = Arrays.stream(CloseCode.values()).anyMatch(
      c -> c.number() == code && !c.comeBack() && c != CloseCode.SESSION_ENDED
    );
    // The cookie has run out, as it does every few minutes: asking renews it.
    boolean ended = code == CloseCode.SESSION_ENDED.number();
    boolean renews = ended && !asks && !held;
    asks = ended || !held;
    if (refused) {
      stopped = true;
      listener.refused(code);
    } else if (renews && !stopped) {
      attempt++;
      open();
    } else {
      yields = held && attempt == 0;
      comeBack(delay(held, code));
    }
  }

  private void comeBack(long delay) {
    if (!stopped) {
      attempt++;
      watch(delay, this::open);
    }
  }

  /** The first attempt after a line that had held comes at once, or within the hub's spread. */
  private long delay(boolean held, int code) {
    double chance = network.random().nextDouble();
    if (attempt == 0 && held) {
      int spread = listener.awaits() ? 0 : spreadMs;
      return code == CloseCode.SLOW_READER.number()
        ? 1
        : Math.max(1, (long) (Math.max(AT_ONCE_MS, spread) * chance));
    }
    double ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * Math.pow(2, Math.max(0, attempt - 1)));
    return Math.max(1, (long) (ceiling * (0.25 + 0.75 * chance)));
  }

  private void drop() {
    generation++;
    online = false;
    pinged = false;
    yields = false;
    endSearch();
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
