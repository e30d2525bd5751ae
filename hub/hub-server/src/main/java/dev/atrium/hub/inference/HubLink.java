package dev.atrium.hub.inference;

import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hub to hub: a socket here follows or stops an answer that another hub owns, and news for a user
 * reach their sockets on every hub. Frames arrive in the order they were sent or not at all; a
 * client notices a missing one by its position and resumes.
 */
public final class HubLink {

  private static final long TIMEOUT_MS = 2_000;
  private static final Logger log = LoggerFactory.getLogger(HubLink.class);

  private final Vertx vertx;
  private final String hubId;
  private MessageConsumer<Object> consumer;

  /** What other hubs may ask of this one. */
  public interface Peer {
    /**
     * A follower on another hub, which holds {@code position} code points of an epoch, resumes an
     * answer of this user. False if it does not run here.
     */
    boolean resume(
      UUID userId,
      UUID generationId,
      int epoch,
      int position,
      String hub,
      UUID follower
    );

    /** A follower on another hub has gone. */
    void unfollow(UUID generationId, UUID follower);

    /** Stops an answer of this user. False if it does not run here. */
    boolean stop(UUID userId, UUID generationId);

    /** The hub that a follower here reads from does not own the answer any more. */
    void moved(UUID generationId, UUID follower);

    /** A hub has left; what it owned wants a new owner. */
    void orphaned();

    /** A frame for a follower here. */
    void pass(UUID follower, HubFrame frame);

    /** A frame for every socket of a user here. */
    void tell(UUID userId, HubFrame frame);
  }

  public HubLink(Vertx vertx, String hubId) {
    this.vertx = vertx;
    this.hubId = hubId;
  }

  /** Begins to listen to other hubs. */
  public Future<Void> start(Peer peer) {
    consumer = vertx
      .eventBus()
      .consumer(InferenceAddresses.hubFollow(hubId), message -> heard(message, peer));
    return consumer.completion();
  }

  /** Stops listening. */
  public Future<Void> stop() {
    return consumer.unregister();
  }

  /** Asks the owner to let a follower here resume; false if the owner has no such answer running. */
  public Future<Boolean> resume(
    String owner,
    UUID userId,
    UUID generationId,
    int epoch,
    int position,
    UUID follower
  ) {
    return ask(
      owner,
      body("resume", userId, generationId)
        .put("epoch", epoch)
        .put("position", position)
        .put("hub", hubId)
        .put("follower", follower.toString())
    );
  }

  /** Tells the owner that a follower here has gone. */
  public void unfollow(String owner, UUID generationId, UUID follower) {
    send(
      owner,
      new JsonObject()
        .put("kind", "unfollow")
        .put("generationId", generationId.toString())
        .put("follower", follower.toString())
    );
  }

  /** Asks the owner to stop an answer; false if it has no such answer running. */
  public Future<Boolean> stop(String owner, UUID userId, UUID generationId) {
    return ask(owner, body("stop", userId, generationId));
  }

  /** Tells a follower on another hub that it must look for the new owner. */
  public void moved(String hub, UUID generationId, UUID follower) {
    send(
      hub,
      new JsonObject()
        .put("kind", "moved")
        .put("generationId", generationId.toString())
        .put("follower", follower.toString())
    );
  }

  /** Tells another hub that there are answers to be taken over. */
  public void orphaned(String hub) {
    send(hub, new JsonObject().put("kind", "orphaned"));
  }

  /** Hands a frame to a follower on another hub. */
  public void pass(String hub, UUID follower, HubFrame frame) {
    send(
      hub,
      new JsonObject()
        .put("kind", "pass")
        .put("follower", follower.toString())
        .put("frame", frame.toJson())
    );
  }

  /** Hands a frame to every socket of a user on another hub. */
  public void tell(String hub, UUID userId, HubFrame frame) {
    send(
      hub,
      new JsonObject()
        .put("kind", "tell")
        .put("userId", userId.toString())
        .put("frame", frame.toJson())
    );
  }

  private static JsonObject body(String kind, UUID userId, UUID generationId) {
    return new JsonObject()
      .put("kind", kind)
      .put("userId", userId.toString())
      .put("generationId", generationId.toString());
  }

  private void send(String hub, JsonObject body) {
    vertx.eventBus().send(InferenceAddresses.hubFollow(hub), body);
  }

  private Future<Boolean> ask(String hub, JsonObject body) {
    return vertx
      .eventBus()
      .<Object>request(
        InferenceAddresses.hubFollow(hub),
        body,
        new DeliveryOptions().setSendTimeout(TIMEOUT_MS)
      )
      .map(reply -> reply.body() instanceof JsonObject json && json.getBoolean("ok", false))
      .otherwise(false);
  }

  private void heard(Message<Object> message, Peer peer) {
    try {
      if (message.body() instanceof JsonObject json) {
        take(message, json, peer);
      } else {
        log.warn("message of another hub dropped: not a JSON object");
      }
    } catch (RuntimeException e) {
      log.warn("message of another hub dropped: {}", e.toString());
      if (message.replyAddress() != null) {
        message.reply(new JsonObject().put("ok", false).put("code", ErrorCode.BAD_FRAME.code()));
      }
    }
  }

  private static void take(Message<Object> message, JsonObject json, Peer peer) {
    switch (json.getString("kind", "")) {
      case "resume" -> answer(
        message,
        peer.resume(
          id(json, "userId"),
          id(json, "generationId"),
          json.getInteger("epoch"),
          json.getInteger("position"),
          json.getString("hub"),
          id(json, "follower")
        )
      );
      case "unfollow" -> peer.unfollow(id(json, "generationId"), id(json, "follower"));
      case "stop" -> answer(message, peer.stop(id(json, "userId"), id(json, "generationId")));
      case "moved" -> peer.moved(id(json, "generationId"), id(json, "follower"));
      case "orphaned" -> peer.orphaned();
      case "pass" -> peer.pass(id(json, "follower"), frame(json));
      case "tell" -> peer.tell(id(json, "userId"), frame(json));
      default -> log.warn("message of another hub dropped: its kind is not known");
    }
  }

  private static void answer(Message<Object> message, boolean ok) {
    message.reply(new JsonObject().put("ok", ok));
  }

  private static UUID id(JsonObject json, String field) {
    return UUID.fromString(json.getString(field));
  }

  private static HubFrame frame(JsonObject json) {
    return HubFrame.fromJson(json.getJsonObject("frame"));
  }
}
