package dev.atrium.inference.api;

/**
 * The fixed addresses of the bus: per process and engine, never one per chat, because every
 * registration writes the cluster's subscription map.
 */
public final class InferenceAddresses {

  /** Published by every node each {@link Heartbeat#INTERVAL_MS}; any hub may listen. */
  public static final String HEARTBEAT = "inference.heartbeat";

  private InferenceAddresses() {}

  /** Takes a {@link PrepareRequest}, answers a {@link PrepareReply}. */
  public static String prepare(String nodeId, String engineId) {
    return engine(nodeId, engineId, "prepare");
  }

  /** Takes a {@link GenerateRequest}, answers a {@link GenerateReply}. */
  public static String generate(String nodeId, String engineId) {
    return engine(nodeId, engineId, "generate");
  }

  /** Takes an {@link Allow}; answers a {@link GenerateReply} only when asked by request. */
  public static String allow(String nodeId, String engineId) {
    return engine(nodeId, engineId, "allow");
  }

  /** Takes a {@link Cancel}; answers a {@link GenerateReply} only when asked by request. */
  public static String cancel(String nodeId, String engineId) {
    return engine(nodeId, engineId, "cancel");
  }

  /** Takes a {@link Replay}; answers a {@link GenerateReply} only when asked by request. */
  public static String replay(String nodeId, String engineId) {
    return engine(nodeId, engineId, "replay");
  }

  /** Takes an {@link Ack}; answers a {@link GenerateReply} only when asked by request. */
  public static String ack(String nodeId, String engineId) {
    return engine(nodeId, engineId, "ack");
  }

  /** Where a node sends, in an {@link EventBatch}, the events of the generations that this hub owns. */
  public static String hubEvents(String hubId) {
    return "hub." + Check.id("hubId", hubId) + ".events";
  }

  /** Where other hubs ask to follow the generations that this hub owns. */
  public static String hubFollow(String hubId) {
    return "hub." + Check.id("hubId", hubId) + ".follow";
  }

  private static String engine(String nodeId, String engineId, String verb) {
    return (
      "inference." + Check.id("nodeId", nodeId) + "." + Check.id("engineId", engineId) + "." + verb
    );
  }
}
