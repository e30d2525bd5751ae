package dev.atrium.stress.client;

import dev.atrium.api.CloseCode;
import dev.atrium.api.HubFrame;
import dev.atrium.stress.client.Person.Authorization;
import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/**
 * Looks for a hub that answers, beside a line that is silent: the same times and rules as the web
 * client's {@code search.ts}, and only at the shared address, as a browser knows no other. Confined to
 * the clients' event loop.
 */
final class Search {

  private static final long LEAST_PATIENCE_MS = 250;
  private static final long MOST_PATIENCE_MS = 4_000;
  private static final int PATIENCE = 3;
  private static final int ATTEMPTS_A_STEP = 4;

  private final Network network;
  private final Person person;
  private final long usualMillis;
  private final Consumer<Found> onFound;
  private WebSocket socket;
  private long timer = -1;
  private int attempts;
  private boolean renew;
  private boolean ended;

  /** A hub's socket, its first word, and how long that took. */
  record Found(WebSocket socket, HubFrame.Welcome welcome, long nanos) {}

  /**
   * Begins.
   *
   * @param usualMillis what the last welcome took
   * @param onFound gets the hub that has said welcome
   */
  Search(Network network, Person person, long usualMillis, Consumer<Found> onFound) {
    this.network = network;
    this.person = person;
    this.usualMillis = usualMillis;
    this.onFound = onFound;
    attempt();
  }

  /** Looks no further. */
  void end() {
    ended = true;
    hangUp();
  }

  private void attempt() {
    hangUp();
    int step = Math.min(attempts / ATTEMPTS_A_STEP, 8);
    int mine = ++attempts;
    long usual = Math.max(LEAST_PATIENCE_MS, PATIENCE * usualMillis);
    long limit = Math.min(MOST_PATIENCE_MS, usual << step);
    timer = network.vertx().setTimer(limit, _ -> attempt());
    Future<Authorization> allowed = renew
      ? person.authorize(network, network.addresses().getFirst())
      : Future.succeededFuture(Authorization.OK);
    allowed.onSuccess(answer -> {
      if (isOver(mine) || answer != Authorization.OK) {
        return;
      }
      renew = false;
      dial(mine, limit);
    });
  }

  private void dial(int mine, long limit) {
    long begun = System.nanoTime();
    person
      .dial(network, network.addresses().getFirst(), limit)
      .onSuccess(fresh -> {
        fresh.exceptionHandler(_ -> {});
        if (isOver(mine)) {
          fresh.close();
        } else {
          opened(mine, fresh, begun);
        }
      });
  }

  private void opened(int mine, WebSocket fresh, long begun) {
    socket = fresh;
    fresh.textMessageHandler(text -> {
      if (
        !isOver(mine) && HubFrame.fromJson(new JsonObject(text)) instanceof HubFrame.Welcome welcome
      ) {
        socket = null;
        end();
        onFound.accept(new Found(fresh, welcome, System.nanoTime() - begun));
      }
    });
    fresh.closeHandler(_ -> {
      Short code = fresh.closeStatusCode();
      renew |= code != null && code == CloseCode.SESSION_ENDED.number();
    });
  }

  private boolean isOver(int attempt) {
    return ended || attempt != attempts;
  }

  private void hangUp() {
    network.vertx().cancelTimer(timer);
    WebSocket old = socket;
    socket = null;
    if (old != null && !old.isClosed()) {
      old.close();
    }
  }
}
