package dev.atrium.launcher;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The cluster ports of a member that stands behind proxies: a load driver that breaks links between
 * members opens them, and names them in the file of {@code -Datrium.links}.
 *
 * @param cluster where Hazelcast binds, {@code publicCluster} where the others reach it
 * @param bus where the event bus binds, {@code publicBus} where the others reach it
 */
record ProxiedPorts(int cluster, int publicCluster, int bus, int publicBus) {
  private static final String PROPERTY = "atrium.links";

  /** By member; nobody, without the property. */
  static Map<String, ProxiedPorts> fromSystemProperty() {
    String file = System.getProperty(PROPERTY);
    if (file == null) {
      return Map.of();
    }
    try {
      JsonObject members = new JsonObject(Files.readString(Path.of(file)));
      Map<String, ProxiedPorts> ports = new HashMap<>();
      for (String member : members.fieldNames()) {
        JsonObject at = members.getJsonObject(member);
        ports.put(
          member,
          new ProxiedPorts(
            at.getInteger("cluster"),
            at.getInteger("publicCluster"),
            at.getInteger("bus"),
            at.getInteger("publicBus")
          )
        );
      }
      return ports;
    } catch (IOException | DecodeException | NullPointerException | ClassCastException e) {
      throw new LauncherException(LauncherException.USAGE, file + " names no ports.", e);
    }
  }

  /** What such a member is told beyond the usual. */
  Map<String, String> environment(String host) {
    return Map.of(
      "ATRIUM_CLUSTER_PUBLIC_ADDRESS",
      host + ":" + publicCluster,
      "ATRIUM_BUS_PORT",
      Integer.toString(bus),
      "ATRIUM_BUS_PUBLIC_PORT",
      Integer.toString(publicBus)
    );
  }
}
