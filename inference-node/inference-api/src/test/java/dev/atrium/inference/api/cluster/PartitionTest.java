package dev.atrium.inference.api.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Three members, each a process of its own, whose links are cut and frozen and healed: 10 s after
 * the heal the bus knows exactly the consumers that live, and each is asked exactly once.
 *
 * <p>Two cycles usually, 50 drawn ones under {@code -Datrium.long=true}; {@code -Datrium.seed} draws
 * the same again, {@code -Datrium.cycles} more or fewer.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the links ask /proc who calls")
@Order(1)
class PartitionTest {

  private static final List<String> NAMES = List.of("a", "b", "c");
  /** A frozen link and a stopped process are noticed after 20 s, a cut after 2 s. */
  private static final Map<Fault.Kind, Integer> HELD_MS = Map.of(
    Fault.Kind.CUT,
    12_000,
    Fault.Kind.FROZEN,
    28_000,
    Fault.Kind.FLAPPING,
    6_000,
    Fault.Kind.STOPPED,
    28_000
  );
  private static final Duration SETTLED = Duration.ofSeconds(10);
  /** Early enough that a question that gets lost does not delay the check. */
  private static final Duration WATCHED = Duration.ofSeconds(5);

  private final Links links = new Links();
  private final Map<String, MemberProcess> members = new TreeMap<>();
  /** The addresses that each member has open. */
  private final Map<String, Set<String>> open = new HashMap<>();
  private final long seed = Long.getLong("atrium.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** What happens to which links or to which member, and for how long. */
  private record Fault(Kind kind, List<List<String>> links, String member, Duration held) {
    enum Kind {
      CUT,
      FROZEN,
      /** Cut and healed and cut again, in the middle of the merge. */
      FLAPPING,
      /** The member's process is stopped by a signal, and goes on later. */
      STOPPED,
    }
  }

  @BeforeEach
  void start() throws Exception {
    String cluster = "test-" + UUID.randomUUID();
    Map<String, Map<String, String>> environments = new HashMap<>();
    List<String> addresses = new ArrayList<>();
    for (String name : NAMES) {
      int port = freePort();
      int bus = freePort();
      String address = "127.0.0.1:" + links.proxy(name, port);
      addresses.add(address);
      Map<String, String> environment = new HashMap<>();
      environment.put("ATRIUM_CLUSTER_NAME", cluster);
      environment.put("ATRIUM_CLUSTER_PORT", "" + port);
      environment.put("ATRIUM_CLUSTER_PUBLIC_ADDRESS", address);
      environment.put("ATRIUM_BUS_PORT", "" + bus);
      environment.put("ATRIUM_BUS_PUBLIC_HOST", "127.0.0.1");
      environment.put("ATRIUM_BUS_PUBLIC_PORT", "" + links.proxy(name, bus));
      environments.put(name, environment);
    }
    for (String name : NAMES) {
      environments.get(name).put("ATRIUM_CLUSTER_MEMBERS", String.join(",", addresses));
      MemberProcess member = MemberProcess.start(name, NAMES, environments.get(name));
      members.put(name, member);
      open.put(name, new TreeSet<>(ClusterMember.addresses(name)));
      links.process(name, member.pid());
    }
    for (MemberProcess member : members.values()) {
      member.awaitReady();
    }
    waitFor(this::exact, System.nanoTime(), Duration.ofSeconds(30));
  }

  @AfterEach
  void stop() throws Exception {
    for (MemberProcess member : members.values()) {
      member.close();
    }
    links.close();
  }

  @Test
  void knowsExactlyTheLivingConsumersTenSecondsAfterAPartitionHeals() throws Exception {
    if (Boolean.getBoolean("atrium.long")) {
      for (int i = 0; i < Integer.getInteger("atrium.cycles", 50); i++) {
        cycle(i, fault());
      }
    } else {
      // Both long enough for all sides to notice, on a busy machine too.
      cycle(0, new Fault(Fault.Kind.CUT, around("a"), "a", Duration.ofSeconds(6)));
      cycle(1, new Fault(Fault.Kind.FROZEN, around("b"), "b", Duration.ofSeconds(25)));
    }
  }

  private void cycle(int number, Fault fault) throws Exception {
    begin(fault);
    Thread.sleep(fault.held().dividedBy(2));
    for (int i = 0; fault.kind() == Fault.Kind.FLAPPING && i < 3; i++) {
      set(fault.links(), Links.State.OPEN);
      Thread.sleep(500 + random.nextInt(4_000));
      set(fault.links(), Links.State.CUT);
      Thread.sleep(500 + random.nextInt(2_500));
    }
    String changed = changeAConsumer(fault);
    Thread.sleep(fault.held().dividedBy(2));
    String seen = "";
    for (String name : reachable(fault)) {
      seen += " " + members.get(name).tell("members").getInteger("members");
    }
    end(fault);
    long healed = System.nanoTime();
    Duration took = waitFor(this::exact, healed, WATCHED);
    System.out.printf(
      "cycle %d: %s %s for %d ms, members seen%s, %s, exact %d ms after the heal%n",
      number,
      fault.kind(),
      fault.kind() == Fault.Kind.STOPPED ? fault.member() : fault.links(),
      fault.held().toMillis(),
      seen,
      changed,
      took.toMillis()
    );
    Thread.sleep(Math.max(0, SETTLED.toMillis() - (System.nanoTime() - healed) / 1_000_000));
    check("cycle " + number + " of seed " + seed, "token-" + number);
  }

  /** A consumer that comes or goes during a partition must be known, or forgotten, after it. */
  private String changeAConsumer(Fault fault) throws Exception {
    List<String> names = reachable(fault);
    String name = names.get(random.nextInt(names.size()));
    String address = ClusterMember.addresses(name).get(3);
    if (open.get(name).remove(address)) {
      members.get(name).tell("close " + address);
      return "closed " + address;
    }
    open.get(name).add(address);
    members.get(name).tell("open " + address);
    return "opened " + address;
  }

  private Fault fault() {
    String one = NAMES.get(random.nextInt(NAMES.size()));
    List<List<String>> dropped = around(one);
    if (random.nextInt(3) == 0) {
      dropped = dropped.subList(0, 1);
    }
    // Some are over before anybody notices.
    Fault.Kind kind = Fault.Kind.values()[random.nextInt(4)];
    int held = 200 + random.nextInt(HELD_MS.get(kind));
    return new Fault(kind, dropped, one, Duration.ofMillis(held));
  }

  private List<String> reachable(Fault fault) {
    return NAMES.stream()
      .filter(name -> fault.kind() != Fault.Kind.STOPPED || !name.equals(fault.member()))
      .toList();
  }

  private static List<List<String>> around(String name) {
    return NAMES.stream()
      .filter(other -> !other.equals(name))
      .map(other -> List.of(name, other))
      .toList();
  }

  private void begin(Fault fault) throws Exception {
    switch (fault.kind()) {
      case CUT, FLAPPING -> set(fault.links(), Links.State.CUT);
      case FROZEN -> set(fault.links(), Links.State.FROZEN);
      case STOPPED -> members.get(fault.member()).signal("STOP");
    }
  }

  private void end(Fault fault) throws Exception {
    if (fault.kind() == Fault.Kind.STOPPED) {
      members.get(fault.member()).signal("CONT");
    } else {
      set(fault.links(), Links.State.OPEN);
    }
  }

  private void set(List<List<String>> dropped, Links.State state) {
    for (List<String> link : dropped) {
      links.set(link.get(0), link.get(1), state);
    }
  }

  private void check(String description, String token) throws Exception {
    for (MemberProcess member : members.values()) {
      JsonObject view = member.tell("view");
      assertThat(ids(view.getJsonArray("members"))).as(description + ", members").isEqualTo(ids());
      assertThat(view.getJsonObject("registrations"))
        .as(description + ", registrations")
        .isEqualTo(registrations());
      assertThat(view.getJsonArray("twice")).as(description + ", twice").isEmpty();
      assertThat(ids(view.getJsonArray("infos"))).as(description + ", infos").isEqualTo(ids());
    }
    for (MemberProcess member : members.values()) {
      JsonObject answers = member.tell("ask " + token);
      open.forEach((name, addresses) -> {
        for (String address : addresses) {
          assertThat(answers.getString(address)).as(description + ", " + address).isEqualTo(name);
        }
      });
      member.tell("publish " + token);
    }
    Thread.sleep(500);
    for (String name : NAMES) {
      JsonObject expected = new JsonObject().put(ClusterMember.HEARTBEAT, NAMES.size());
      open.get(name).forEach(address -> expected.put(address, NAMES.size()));
      assertThat(members.get(name).tell("heard " + token))
        .as(description + ", heard by " + name)
        .isEqualTo(expected);
    }
  }

  private boolean exact() throws Exception {
    for (MemberProcess member : members.values()) {
      JsonObject view = member.tell("view");
      if (
        !view.getJsonObject("registrations").equals(registrations()) ||
        !ids(view.getJsonArray("infos")).equals(ids()) ||
        !ids(view.getJsonArray("members")).equals(ids())
      ) {
        return false;
      }
    }
    return true;
  }

  private JsonObject registrations() {
    JsonObject registrations = new JsonObject();
    open.forEach((name, addresses) ->
      addresses.forEach(address ->
        registrations.put(address, new JsonArray(List.of(members.get(name).nodeId())))
      )
    );
    return registrations.put(ClusterMember.HEARTBEAT, new JsonArray(List.copyOf(ids())));
  }

  private TreeSet<String> ids() {
    return new TreeSet<>(members.values().stream().map(MemberProcess::nodeId).toList());
  }

  private static Set<String> ids(JsonArray array) {
    Set<String> ids = new HashSet<>();
    array.forEach(id -> ids.add((String) id));
    return ids;
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  private static Duration waitFor(Check check, long since, Duration atMost) throws Exception {
    while (System.nanoTime() - since < atMost.toNanos() && !check.holds()) {
      Thread.sleep(250);
    }
    return Duration.ofNanos(System.nanoTime() - since);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
