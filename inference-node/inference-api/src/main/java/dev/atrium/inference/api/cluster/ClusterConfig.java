package dev.atrium.inference.api.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where this member of the cluster listens and whom it asks to join.
 *
 * @param host the private address that Hazelcast and the bus bind to
 * @param port Hazelcast's port; taken exactly, never the next free one
 * @param members {@code host:port} of the members to ask, itself allowed; empty stands alone
 * @param name members of another name are never joined
 * @param busHost the address that the bus binds to, usually {@code host}
 * @param busPort the bus's port, 0 for any
 * @param tls mutual TLS on the bus; without it the bus is plain and the network must be private
 * @param advertised where the others reach this member, if not where it binds
 */
public record ClusterConfig(
  String host,
  int port,
  List<String> members,
  String name,
  String busHost,
  int busPort,
  Optional<BusTls> tls,
  Advertised advertised
) {
  /** Every environment key that belongs to this record. */
  public static final Set<String> KEYS = Set.of(
    "ATRIUM_CLUSTER_HOST",
    "ATRIUM_CLUSTER_PORT",
    "ATRIUM_CLUSTER_MEMBERS",
    "ATRIUM_CLUSTER_NAME",
    "ATRIUM_BUS_HOST",
    "ATRIUM_BUS_PORT",
    "ATRIUM_BUS_TLS_CERT",
    "ATRIUM_BUS_TLS_KEY",
    "ATRIUM_BUS_TLS_CA",
    "ATRIUM_CLUSTER_PUBLIC_ADDRESS",
    "ATRIUM_BUS_PUBLIC_HOST",
    "ATRIUM_BUS_PUBLIC_PORT"
  );

  /**
   * Addresses for the other members where the ones bound are of no use to them: behind NAT, in a
   * container whose ports are mapped, behind a proxy.
   *
   * @param cluster {@code host:port} of Hazelcast; the others name it in their members, too
   * @param busHost the bus's host
   * @param busPort the bus's port, 0 for the one bound
   */
  public record Advertised(Optional<String> cluster, Optional<String> busHost, int busPort) {
    /** The addresses bound are the ones to use. */
    public static final Advertised AS_BOUND = new Advertised(Optional.empty(), Optional.empty(), 0);

    public Advertised {
      cluster.ifPresent(address ->
        require(
          ADDRESS.matcher(address).matches() && portOf(address) <= 65_535,
          "ATRIUM_CLUSTER_PUBLIC_ADDRESS must be host:port; not so: " + address
        )
      );
      require(busPort >= 0 && busPort <= 65_535, "ATRIUM_BUS_PUBLIC_PORT must be at most 65535");
    }
  }

  private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\s:,]+):\\d{1,5}");
  private static final Pattern MEMBER = Pattern.compile(
    "(\\[[0-9A-Fa-f:.]+]|[^\\s:,]+)(:\\d{1,5})?"
  );

  public ClusterConfig {
    members = List.copyOf(members);
    require(!host.isBlank(), "ATRIUM_CLUSTER_HOST must not be empty");
    require(!name.isBlank(), "ATRIUM_CLUSTER_NAME must not be empty");
    require(port >= 1 && port <= 65_535, "ATRIUM_CLUSTER_PORT must be between 1 and 65535");
    require(busPort >= 0 && busPort <= 65_535, "ATRIUM_BUS_PORT must be between 0 and 65535");
    for (String member : members) {
      require(
        MEMBER.matcher(member).matches(),
        "ATRIUM_CLUSTER_MEMBERS must be host:port,host:port…; not so: " + member
      );
    }
  }

  /** A plain member on one machine. */
  public static ClusterConfig local(int port, List<String> members, String name) {
    return new ClusterConfig(
      "127.0.0.1",
      port,
      members,
      name,
      "127.0.0.1",
      0,
      Optional.empty(),
      Advertised.AS_BOUND
    );
  }

  /**
   * Reads the environment; what is absent or empty has a default that works on one machine.
   *
   * @throws IllegalArgumentException with one clear sentence that names the key
   */
  public static ClusterConfig fromEnvironment(Map<String, String> env) {
    String host = value(env, "ATRIUM_CLUSTER_HOST").orElse("127.0.0.1");
    return new ClusterConfig(
      host,
      port(env, "ATRIUM_CLUSTER_PORT", 5701),
      members(value(env, "ATRIUM_CLUSTER_MEMBERS").orElse("")),
      value(env, "ATRIUM_CLUSTER_NAME").orElse("atrium"),
      value(env, "ATRIUM_BUS_HOST").orElse(host),
      port(env, "ATRIUM_BUS_PORT", 0),
      tls(env),
      new Advertised(
        value(env, "ATRIUM_CLUSTER_PUBLIC_ADDRESS"),
        value(env, "ATRIUM_BUS_PUBLIC_HOST"),
        port(env, "ATRIUM_BUS_PUBLIC_PORT", 0)
      )
    );
  }

  private static List<String> members(String list) {
    List<String> members = new ArrayList<>();
    for (String member : list.split(",", -1)) {
      if (!member.isBlank()) {
        members.add(member.strip());
      }
    }
    return members;
  }

  private static Optional<BusTls> tls(Map<String, String> env) {
    List<Optional<Path>> files = List.of(
      file(env, "ATRIUM_BUS_TLS_CERT"),
      file(env, "ATRIUM_BUS_TLS_KEY"),
      file(env, "ATRIUM_BUS_TLS_CA")
    );
    long given = files.stream().filter(Optional::isPresent).count();
    if (given == 0) {
      return Optional.empty();
    }
    require(
      given == files.size(),
      "ATRIUM_BUS_TLS_CERT, ATRIUM_BUS_TLS_KEY and ATRIUM_BUS_TLS_CA must be given together"
    );
    return Optional.of(
      new BusTls(files.get(0).orElseThrow(), files.get(1).orElseThrow(), files.get(2).orElseThrow())
    );
  }

  private static Optional<Path> file(Map<String, String> env, String key) {
    return value(env, key).map(text -> {
        Path path = Path.of(text);
        require(Files.isReadable(path), key + ": there is no readable file " + path);
        return path;
      });
  }

  private static int port(Map<String, String> env, String key, int otherwise) {
    return value(env, key)
      .map(text -> {
        require(text.matches("\\d{1,5}"), key + " must be a port number");
        return Integer.parseInt(text);
      })
      .orElse(otherwise);
  }

  private static int portOf(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private static Optional<String> value(Map<String, String> env, String key) {
    return Optional.ofNullable(env.get(key))
      .map(String::strip)
      .filter(text -> !text.isEmpty());
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
