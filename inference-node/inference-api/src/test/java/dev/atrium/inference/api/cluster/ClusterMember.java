package dev.atrium.inference.api.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.OperationTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A member of its own process for the tests: it registers the addresses that a hub and a node have,
 * keeps a little traffic on them, and does what it is told on its standard input, one line each.
 */
final class ClusterMember {

  static final String HEARTBEAT = "inference.heartbeat";
  private static final String TICK = "tick";

  private final String name;
  private final List<String> names;
  private final Vertx vertx;
  private final EventBus bus;
  private final Map<String, MessageConsumer<String>> consumers = new ConcurrentHashMap<>();
  /** How often each address heard each token. */
  private final Map<String, Integer> heard = new ConcurrentHashMap<>();

  private ClusterMember(String name, List<String> names, Vertx vertx) {
    this.name = name;
    this.names = names;
    this.vertx = vertx;
    this.bus = vertx.eventBus();
  }

  /** The addresses of one member, as a hub and a node have them. */
  static List<String> addresses(String member) {
    return List.of(
      "inference." + member + ".e.prepare",
      "inference." + member + ".e.generate",
      "hub." + member + ".events",
      "hub." + member + ".follow"
    );
  }

  /** Arguments: this member's name, the names of all. */
  public static void main(String[] args) throws Exception {
    ClusterConfig config = ClusterConfig.fromEnvironment(System.getenv());
    Vertx vertx = Cluster.start(config, new VertxOptions().setEventLoopPoolSize(1)).await(
      60,
      TimeUnit.SECONDS
    );
    new ClusterMember(args[0], List.of(args[1].split(",")), vertx).run();
    System.exit(0);
  }

  private void run() throws IOException {
    addresses(name).forEach(this::open);
    open(HEARTBEAT);
    vertx.setPeriodic(500, _ -> {
      bus.publish(HEARTBEAT, TICK);
      ask(TICK);
    });
    say(new JsonObject().put("ready", manager().getNodeId()));
    BufferedReader commands = new BufferedReader(
      new InputStreamReader(System.in, StandardCharsets.UTF_8)
    );
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      say(
        switch (words[0]) {
          case "ask" -> ask(words[1]).await();
          case "publish" -> publish(words[1]);
          case "heard" -> heard(words[1]);
          case "view" -> readableView();
          case "members" -> new JsonObject().put("members", manager().getNodes().size());
          case "open" -> open(words[1]);
          case "close" -> shut(words[1]);
          default -> throw new IllegalArgumentException(line);
        }
      );
    }
  }

  private static void say(JsonObject answer) {
    System.out.println("> " + answer.encode());
  }

  private JsonObject open(String address) {
    MessageConsumer<String> consumer = bus.consumer(address, message -> {
      if (!message.body().equals(TICK)) {
        heard.merge(address + " " + message.body(), 1, Integer::sum);
      }
      if (!address.equals(HEARTBEAT)) {
        message.reply(name);
      }
    });
    consumers.put(address, consumer);
    return new JsonObject();
  }

  private JsonObject shut(String address) {
    // Not awaited: within a partition the map may take long to answer.
    var _ = consumers.remove(address).unregister();
    return new JsonObject();
  }

  /** Asks each address once; answers with who replied, or why nobody did. */
  private Future<JsonObject> ask(String token) {
    JsonObject answers = new JsonObject();
    List<Future<?>> asked = new ArrayList<>();
    for (String member : names) {
      for (String address : addresses(member)) {
        asked.add(
          bus
            .<String>request(address, token, new DeliveryOptions().setSendTimeout(3_000))
            .onComplete(reply -> {
              synchronized (answers) {
                answers.put(
                  address,
                  reply.succeeded() ? reply.result().body() : reply.cause().getMessage()
                );
              }
            })
        );
      }
    }
    return Future.join(asked).transform(_ -> Future.succeededFuture(answers));
  }

  private JsonObject publish(String token) {
    bus.publish(HEARTBEAT, token);
    return new JsonObject();
  }

  private JsonObject heard(String token) {
    JsonObject counts = new JsonObject();
    heard.forEach((key, count) -> {
      String[] words = key.split(" ");
      if (words[1].equals(token)) {
        counts.put(words[0], count);
      }
    });
    return counts;
  }

  private HazelcastClusterManager manager() {
    return (HazelcastClusterManager) ((VertxInternal) vertx).clusterManager();
  }

  /** The merge may swallow this question, too; then there is nothing to see for once. */
  private JsonObject readableView() {
    try {
      return view();
    } catch (OperationTimeoutException e) {
      return new JsonObject()
        .put("members", new JsonArray())
        .put("infos", new JsonArray())
        .put("registrations", new JsonObject())
        .put("twice", new JsonArray().add(e.getMessage()));
    }
  }

  /** The members, and the registrations as this member reads them. */
  private JsonObject view() {
    HazelcastInstance hazelcast = manager().getHazelcastInstance();
    Map<String, TreeSet<String>> registrations = new TreeMap<>();
    List<String> twice = new ArrayList<>();
    for (Map.Entry<String, HazelcastRegistrationInfo> entry : hazelcast
      .<String, HazelcastRegistrationInfo>getMultiMap("__vertx.subs")
      .entrySet()) {
      String node = entry.getValue().unwrap().nodeId();
      if (!registrations.computeIfAbsent(entry.getKey(), _ -> new TreeSet<>()).add(node)) {
        twice.add(entry.getKey());
      }
    }
    JsonObject addresses = new JsonObject();
    registrations.forEach((address, nodes) ->
      addresses.put(address, new JsonArray(List.copyOf(nodes)))
    );
    return new JsonObject()
      .put("members", new JsonArray(manager().getNodes()))
      .put(
        "infos",
        new JsonArray(
          List.copyOf(new TreeSet<>(hazelcast.<String, Object>getMap("__vertx.nodeInfo").keySet()))
        )
      )
      .put("registrations", addresses)
      .put("twice", new JsonArray(twice));
  }
}
