package dev.atrium.launcher;

import dev.atrium.schema.DatabaseUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Who runs where: names, ports and settings of every hub and node, decided before the first one starts,
 * because each must know the cluster addresses of all.
 */
final class Plan {

  private static final String LOOPBACK = "127.0.0.1";
  // Both finish what they are writing first: a node up to 20 s, a hub until its answers are stored.
  private static final Duration STOP_WITHIN = Duration.ofSeconds(30);

  /** One hub or node. {@code directPort} is 0 for a node. */
  record Member(String id, int clusterPort, int directPort, Optional<ProxiedPorts> proxied) {
    /** Where the others reach its Hazelcast. */
    int publicPort() {
      return proxied.map(ProxiedPorts::publicCluster).orElse(clusterPort);
    }
  }

  private final Installation installation;
  private final Settings settings;
  private final UpOptions options;
  private final DataFolder data;
  private final Map<String, ProxiedPorts> proxied = ProxiedPorts.fromSystemProperty();
  private final List<Member> hubs = new ArrayList<>();
  private final List<Member> nodes = new ArrayList<>();

  Plan(
    Installation installation,
    Settings settings,
    UpOptions options,
    DataFolder data,
    Ports ports
  ) {
    this.installation = installation;
    this.settings = settings;
    this.options = options;
    this.data = data;
    for (int i = 1; i <= options.hubs(); i++) {
      hubs.add(member("hub-" + i, ports, ports.free()));
    }
    for (int i = 1; i <= options.nodes(); i++) {
      nodes.add(member("node-" + i, ports, 0));
    }
  }

  private Member member(String id, Ports ports, int directPort) {
    Optional<ProxiedPorts> at = Optional.ofNullable(proxied.get(id));
    return new Member(id, at.map(ProxiedPorts::cluster).orElseGet(ports::free), directPort, at);
  }

  List<Member> hubs() {
    return hubs;
  }

  List<Member> nodes() {
    return nodes;
  }

  /** The address that people open. */
  String address() {
    String host = settings.get("ATRIUM_HTTP_HOST", LOOPBACK);
    return scheme() + "://" + (isWildcard(host) ? LOOPBACK : host) + ":" + options.port();
  }

  /** The address of one hub alone. */
  String directAddress(Member hub) {
    String host = settings.get("ATRIUM_HTTP_HOST", LOOPBACK);
    return scheme() + "://" + (isWildcard(host) ? LOOPBACK : host) + ":" + hub.directPort();
  }

  ProcessSpec hub(Member hub, DatabaseUrl database, DatabaseUrl keys, String firstPassword) {
    Map<String, String> environment = common(settings.forHub(), hub);
    environment.put("ATRIUM_HUB_ID", hub.id());
    environment.put("ATRIUM_DATABASE_URL", database.reveal());
    environment.put("ATRIUM_KEYS_DATABASE_URL", keys.reveal());
    environment.put("ATRIUM_HTTP_PORT", Integer.toString(options.port()));
    environment.put("ATRIUM_HTTP_DIRECT_PORT", Integer.toString(hub.directPort()));
    environment.put("ATRIUM_MASTER_KEY_FILE", data.masterKey().toString());
    environment.put("ATRIUM_FIRST_ADMIN_PASSWORD", firstPassword);
    // Not off the host, but out of reach of who can only write the database.
    environment.putIfAbsent("ATRIUM_AUDIT_FILE", data.auditFile().toString());
    List<String> command = installation
      .hub()
      .command(settings.words(Settings.HUB_JAVA_OPTIONS), notes(hub, hubs));
    return spec(hub, command, environment, "ready hub ");
  }

  ProcessSpec node(Member node) {
    Map<String, String> environment = common(settings.forNode(), node);
    environment.put("ATRIUM_NODE_ID", node.id());
    environment.put("ATRIUM_MODELS_FILE", data.modelsFile().toString());
    options.device().ifPresent(device -> environment.put("ATRIUM_DEVICE", device));
    // Several nodes on one machine share its cores; one thread stays free for the hub.
    int cores = Runtime.getRuntime().availableProcessors();
    environment.putIfAbsent(
      "ATRIUM_THREADS",
      Integer.toString(Math.max(1, (cores - 1) / options.nodes()))
    );
    List<String> command = installation
      .node()
      .command(settings.words(Settings.NODE_JAVA_OPTIONS), notes(node, nodes));
    return spec(node, command, environment, "ready node ");
  }

  /** The first of each kind notes the classes that it loads, for the {@link StartupArchive}. */
  private Optional<Path> notes(Member member, List<Member> kind) {
    return Optional.of(classList(member)).filter(_ -> member.equals(kind.getFirst()));
  }

  private Path classList(Member member) {
    return data.path().resolve(member.id() + ".classes");
  }

  /** What to make startup archives of, once the processes have started. */
  List<ArchiveMaker.Program> programs() {
    return List.of(
      program(installation.hub(), hubs.getFirst()),
      program(installation.node(), nodes.getFirst())
    );
  }

  private ArchiveMaker.Program program(JavaProgram program, Member first) {
    return new ArchiveMaker.Program(program.archive(), program.classPath(), classList(first));
  }

  private Map<String, String> common(Map<String, String> environment, Member member) {
    environment.put("ATRIUM_CLUSTER_HOST", LOOPBACK);
    environment.put("ATRIUM_CLUSTER_PORT", Integer.toString(member.clusterPort()));
    environment.put("ATRIUM_CLUSTER_MEMBERS", members());
    environment.put("ATRIUM_DATA_DIR", data.path().toString());
    member.proxied().ifPresent(ports -> environment.putAll(ports.environment(LOOPBACK)));
    return environment;
  }

  private String members() {
    List<Member> all = new ArrayList<>(hubs);
    all.addAll(nodes);
    return all
      .stream()
      .map(member -> LOOPBACK + ":" + member.publicPort())
      .collect(Collectors.joining(","));
  }

  private ProcessSpec spec(
    Member member,
    List<String> command,
    Map<String, String> environment,
    String ready
  ) {
    return new ProcessSpec(
      member.id(),
      command,
      environment,
      ready + member.id(),
      "TERM",
      STOP_WITHIN,
      data.path()
    );
  }

  /** The certificate that the hubs show; empty without TLS. */
  Optional<Path> certificate() {
    return settings.has("ATRIUM_TLS_CERT")
      ? Optional.of(Path.of(settings.get("ATRIUM_TLS_CERT", "")).toAbsolutePath())
      : Optional.empty();
  }

  private String scheme() {
    return settings.has("ATRIUM_TLS_CERT") ? "https" : "http";
  }

  private static boolean isWildcard(String host) {
    return host.equals("0.0.0.0") || host.equals("::");
  }
}
