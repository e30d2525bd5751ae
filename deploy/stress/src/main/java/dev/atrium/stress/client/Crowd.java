package dev.atrium.stress.client;

import dev.atrium.api.HubFrame;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Stalls;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** All clients of a run. Its methods may be called by any thread; what they do runs on one event loop. */
public final class Crowd implements AutoCloseable {

  /** Sockets of one person on one hub; a hub refuses more than 32, and all may come to one. */
  private static final int SOCKETS_A_PERSON = 25;
  private static final int OPENED_TOGETHER = 10;
  private static final long OPEN_EVERY_MS = 25;
  private static final long ANSWER_SECONDS = 60;

  private final Vertx vertx = Vertx.vertx(
    new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setPreferNativeTransport(true)
  );
  private final Context context = vertx.getOrCreateContext();
  private final Network network;
  private final Violations violations;
  private final Lateness lateness;
  private final Aims aims = new Aims();
  private final List<Line> lines = new ArrayList<>();
  private final List<Chat> chats = new ArrayList<>();
  private final List<StalledReader> stalled = new ArrayList<>();

  /**
   * @param addresses the shared port first, then each hub's own
   * @param database opens a connection to the system's database
   */
  public Crowd(
    List<String> addresses,
    Callable<Connection> database,
    long seed,
    Figures figures,
    Violations violations
  ) {
    this.network = Network.create(vertx, addresses, database, seed, figures);
    this.violations = violations;
    this.lateness = new Lateness(figures.driverLate);
    context.runOnContext(_ -> lateness.watch(vertx));
  }

  /** How many people so many idle sockets need. */
  public static int peopleFor(int sockets) {
    return (sockets + SOCKETS_A_PERSON - 1) / SOCKETS_A_PERSON;
  }

  /** Opens sockets on which nothing is said. */
  public void openIdle(List<Person> people, int sockets) {
    List<Line> fresh = new ArrayList<>();
    for (int i = 0; i < sockets; i++) {
      fresh.add(new Line(network, people.get(i / SOCKETS_A_PERSON), new Silent()));
    }
    on(() -> lines.addAll(fresh));
    openBySteps(fresh, 0);
  }

  /** Lets each of these people chat. */
  public void openChats(List<Person> people, Prompts prompts, Stalls stalls) {
    List<Line> fresh = new ArrayList<>();
    on(() -> {
      for (Person person : people) {
        Chat chat = new Chat(network, person, prompts, violations, stalls, aims);
        chats.add(chat);
        fresh.add(chat.line());
      }
      return lines.addAll(fresh);
    });
    openBySteps(fresh, 0);
  }

  /** Four hundred a second: whole crowds come back at once after a fault, but they don't begin so. */
  private void openBySteps(List<Line> fresh, int from) {
    int to = Math.min(fresh.size(), from + OPENED_TOGETHER);
    context.runOnContext(_ -> {
      fresh.subList(from, to).forEach(Line::start);
      if (to < fresh.size()) {
        vertx.setTimer(OPEN_EVERY_MS, _ -> openBySteps(fresh, to));
      }
    });
  }

  /** Cuts a third of the chats' connections, each for a time of its own up to {@code longest}. */
  public void cutSome(Duration longest) {
    context.runOnContext(_ -> {
      Random random = network.random();
      for (Chat chat : chats) {
        if (random.nextInt(3) == 0) {
          // Mostly short: the third power of an even draw.
          double share = Math.pow(random.nextDouble(), 3);
          chat.cut(new Cut(0, Math.max(1, (long) (longest.toMillis() * share)), Cut.Way.CLOSED));
        }
      }
    });
  }

  /** Cuts single connections as planned, such as an answer comes on where there are any. */
  public void cutAlong(List<Cut> plan) {
    context.runOnContext(_ -> {
      for (Cut cut : plan) {
        vertx.setTimer(Math.max(1, cut.atMillis()), _ -> cutOne(cut));
      }
    });
  }

  private void cutOne(Cut cut) {
    List<Chat> whole = chats
      .stream()
      .filter(chat -> chat.line().online())
      .toList();
    List<Chat> reading = whole.stream().filter(Chat::busy).toList();
    List<Chat> some = reading.isEmpty() ? whole : reading;
    if (!some.isEmpty()) {
      some.get(network.random().nextInt(some.size())).cut(cut);
    }
  }

  /** The first chats, so many, stop reading what is sent to them. */
  public void stall(int readers) {
    on(() -> {
      while (stalled.size() < readers) {
        stalled.add(new StalledReader(network, chats.get(stalled.size())));
      }
      stalled.forEach(StalledReader::stall);
      return true;
    });
  }

  /** Who had stopped reading reads on. */
  public void readOn() {
    on(() -> {
      stalled.forEach(StalledReader::readOn);
      return true;
    });
  }

  /**
   * Waits until an answer has been shown to this share of its length.
   *
   * @return empty if none is within a minute
   */
  public Optional<Point> aim(double share) {
    Promise<Point> found = Promise.promise();
    context.runOnContext(_ -> aims.at(share).onComplete(found));
    try {
      return Optional.of(found.future().await(ANSWER_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException _) {
      return Optional.empty();
    }
  }

  /** Every reader has read enough: what is being written is stopped. */
  public void stopAll() {
    context.runOnContext(_ -> chats.forEach(Chat::stop));
  }

  /** The load is over: what comes from here on is not timed. */
  public void stopTiming() {
    lateness.end();
  }

  /** How many sockets there should be. */
  public int size() {
    return on(lines::size);
  }

  /** How many sockets are open. */
  public int online() {
    return on(() -> (int) lines.stream().filter(Line::online).count());
  }

  /** How many prompts or answers are under way. */
  public int busy() {
    return on(() -> (int) chats.stream().filter(Chat::busy).count());
  }

  /** How many answers, whose readers have a network, have had no text since then. */
  public int standingStill(long sinceNanos) {
    return on(() ->
      (int) chats
        .stream()
        .filter(chat -> !chat.line().away())
        .flatMap(chat -> chat.current().stream())
        .filter(e -> e.answer != null && e.lastTextNanos - sinceNanos < 0)
        .count()
    );
  }

  /** What is under way. */
  public List<Exchange> underWay() {
    return on(() ->
      chats
        .stream()
        .flatMap(chat -> chat.current().stream())
        .toList()
    );
  }

  /** The stored text of an answer, as its reader's hub tells it. */
  public JsonObject storedAnswer(Exchange exchange, String address) {
    HubFrame.Saved saved = exchange.saved().orElseThrow();
    Promise<JsonObject> conversation = Promise.promise();
    context.runOnContext(_ ->
      exchange
        .person()
        .get(network, URI.create(address), "/api/conversations/" + saved.conversationId())
        .onComplete(conversation)
    );
    JsonArray messages = await(conversation.future()).getJsonArray("messages");
    return messages
      .stream()
      .map(JsonObject.class::cast)
      .filter(message -> saved.answerId().toString().equals(message.getString("id")))
      .findFirst()
      .orElse(new JsonObject());
  }

  /** Closes every socket. What was heard can still be asked for. */
  public void hangUp() {
    on(() -> {
      lines.forEach(Line::stop);
      return lines.removeIf(_ -> true);
    });
    await(network.http().close());
    await(network.sockets().close());
  }

  /** Ends the clients' thread as well. */
  @Override
  public void close() {
    on(() -> {
      lines.forEach(Line::stop);
      return true;
    });
    await(vertx.close());
  }

  private <T> T on(Callable<T> work) {
    Promise<T> done = Promise.promise();
    context.runOnContext(_ -> {
      try {
        done.complete(work.call());
      } catch (Exception e) {
        done.fail(e);
      }
    });
    return await(done.future());
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer after " + ANSWER_SECONDS + " s", e);
    }
  }

  /** Hears and says nothing. */
  private final class Silent implements Line.Listener {

    @Override
    public void welcomed() {
      // It was there before, and will be.
    }

    @Override
    public boolean awaits() {
      return false;
    }

    @Override
    public void onFrame(HubFrame frame) {
      // News of models, at most.
    }

    @Override
    public void refused(int closeCode) {
      violations.add(Kind.END, "an idle socket was closed for good, code %d", closeCode);
    }
  }
}
