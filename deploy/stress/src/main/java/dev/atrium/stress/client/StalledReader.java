package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import java.util.Optional;
import java.util.UUID;

/**
 * A chat whose socket is not read for a while, though answers are written to it: a laptop that was
 * shut, a tab that hangs. Answers to many pings fill what the hub keeps for it nearly at once, as an
 * hour of such readers would. Confined to the clients' event loop.
 */
final class StalledReader {

  /**
   * The kernel takes half a MiB of what is written before the hub has to keep anything: some ten
   * thousand pongs. One that the hub keeps costs it some 550 bytes of the 1 MiB that a socket may.
   */
  private static final int PINGS = 11_000;
  private static final int PINGS_A_TICK = 200;
  private static final long TICK_MS = 100;
  private static final int TICKS_PER_PING = 10;
  /** As often as it would ask something if it read. */
  private static final int TICKS_PER_PROMPT = 200;

  private final Network network;
  private final Chat chat;
  private long timer = -1;
  private int ticks;

  StalledReader(Network network, Chat chat) {
    this.network = network;
    this.chat = chat;
    chat.unobserved();
  }

  void stall() {
    chat.line().stall(true);
    ticks = 0;
    timer = network.vertx().setPeriodic(TICK_MS, _ -> tick());
  }

  void readOn() {
    network.vertx().cancelTimer(timer);
    chat.line().stall(false);
  }

  private void tick() {
    ticks++;
    boolean filling = ticks <= PINGS / PINGS_A_TICK;
    // Afterwards now and then: that a hub has closed the connection is noticed by writing.
    int pings = filling ? PINGS_A_TICK : ticks % TICKS_PER_PING == 0 ? 1 : 0;
    for (int i = 0; i < pings; i++) {
      chat.line().send(new ClientFrame.Ping(System.currentTimeMillis()));
    }
    if (ticks % TICKS_PER_PROMPT == 0) {
      chat
        .line()
        .send(
          new ClientFrame.Send(
            UUID.randomUUID(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "write 60 words from " + ticks
          )
        );
    }
  }
}
