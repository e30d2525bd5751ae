package dev.atrium.stress.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.vertx.core.http.WebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The loss of one reader's connection.
 *
 * @param atMillis after the beginning
 * @param millis until the reader has a network again
 */
public record Cut(long atMillis, long millis, Way way) {
  /** What the hub sees of it. */
  public enum Way {
    /** The client says goodbye. */
    CLOSED,
    /** The connection is reset. */
    RESET,
    /** Nothing: the connection stands, and nobody reads. */
    SILENT,
  }

  private static final double SHORTEST_MILLIS = 5;
  private static final double LONG_MILLIS = 60_000;
  private static final double MOST_ARE_BELOW_MILLIS = 20_000;
  /** One of so many is a long one, if there may be such, and one of so many of these the longest. */
  private static final int FEW = 25;
  private static final int OF_THE_LONG = 4;
  /** So long before the end everybody is back. */
  private static final long BACK_MILLIS = 5_000;

  /**
   * So many, drawn from the seed: most between some milliseconds and 20 s, short ones as frequent as
   * long ones of ten times the length; one of 25 lasts more than a minute, and one of 100 the longest
   * time.
   *
   * @param within all of them are over
   */
  public static List<Cut> plan(long seed, int count, Duration longest, Duration within) {
    Random random = new Random(seed);
    List<Cut> cuts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long millis = Math.min(length(random, i, longest.toMillis()), longest.toMillis());
      long latest = Math.max(1, within.toMillis() - millis - BACK_MILLIS);
      long at = (long) (random.nextDouble() * latest);
      cuts.add(new Cut(at, millis, Way.values()[random.nextInt(Way.values().length)]));
    }
    return cuts;
  }

  private static long length(Random random, int index, long longest) {
    if (longest <= LONG_MILLIS || index % FEW != 0) {
      return evenInOrders(random, SHORTEST_MILLIS, Math.min(longest, MOST_ARE_BELOW_MILLIS));
    }
    return index % (FEW * OF_THE_LONG) == 0 ? longest : evenInOrders(random, LONG_MILLIS, longest);
  }

  private static long evenInOrders(Random random, double least, double most) {
    return Math.round(least * Math.pow(most / least, random.nextDouble()));
  }

  /** Does it to a connection that its owner has forgotten already. */
  void sever(WebSocket socket) {
    switch (way) {
      case CLOSED -> {
        var _ = socket.close();
      }
      case RESET -> reset(socket);
      case SILENT -> socket.pause();
    }
  }

  /** Without a word; on one that is gone it does nothing. */
  static void reset(WebSocket socket) {
    ChannelHandlerContext context = ((WebSocketInternal) socket).channelHandlerContext();
    if (context.channel().isOpen()) {
      context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      var _ = context.close();
    }
  }
}
