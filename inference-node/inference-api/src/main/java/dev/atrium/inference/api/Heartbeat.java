package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A node's sign of life, published every {@link #INTERVAL_MS}: who it is and how busy its engines are.
 *
 * @param nodeId part of the node's addresses
 * @param member the process among the members of the cluster, so that its end is known before its
 *     silence; empty from a node that does not say
 * @param seq counts this process's heartbeats from 1; a smaller one than before is a restart
 * @param state whether it takes new work
 * @param engines its loaded models
 */
public record Heartbeat(
  String nodeId,
  Optional<String> member,
  long seq,
  State state,
  List<EngineStatus> engines
) {
  /** How often a node publishes, in milliseconds. */
  public static final long INTERVAL_MS = 500;

  /** A node that was not heard for this long is gone, in milliseconds. */
  public static final long LOST_AFTER_MS = 2_500;

  /** Whether a node takes new work. */
  public enum State {
    /** It does. */
    UP,
    /** It finishes what runs and leaves. */
    LEAVING;

    private String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static State of(String code) {
      for (State state : values()) {
        if (state.code().equals(code)) {
          return state;
        }
      }
      throw new BadMessageException("state", "is not known");
    }
  }

  public Heartbeat {
    Check.id("nodeId", nodeId);
    member.ifPresent(id -> Check.id("member", id));
    Check.seq("seq", seq);
    engines = Check.list("engines", engines, 0, Limits.ENGINES);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("protocol", PrepareRequest.PROTOCOL)
      .put("nodeId", nodeId);
    member.ifPresent(id -> json.put("member", id));
    return json
      .put("seq", seq)
      .put("state", state.code())
      .put("engines", Json.array(engines, EngineStatus::toJson));
  }

  /** @throws BadMessageException if it breaks the contract or speaks another protocol */
  public static Heartbeat fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    if (fields.int32("protocol") != PrepareRequest.PROTOCOL) {
      throw new BadMessageException("protocol", "must be " + PrepareRequest.PROTOCOL);
    }
    return new Heartbeat(
      fields.string("nodeId"),
      fields.optionalString("member"),
      fields.integer("seq"),
      State.of(fields.string("state")),
      fields.objects("engines", Limits.ENGINES, EngineStatus::fromJson)
    );
  }
}
