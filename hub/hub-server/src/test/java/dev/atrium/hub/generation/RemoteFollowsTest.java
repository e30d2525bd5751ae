package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.HubFrame;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets that read answers of other hubs. */
class RemoteFollowsTest {

  private Vertx vertx;
  private RemoteFollows follows;

  @BeforeEach
  void create() {
    vertx = Vertx.vertx();
    follows = new RemoteFollows(new HubLink(vertx, "hub-a"));
  }

  @AfterEach
  void close() throws Exception {
    Waits.get(vertx.close());
  }

  private Queue<JsonObject> toldTo(String hub) throws Exception {
    Queue<JsonObject> told = new ConcurrentLinkedQueue<>();
    Waits.get(
      vertx
        .eventBus()
        .<JsonObject>consumer(InferenceAddresses.hubFollow(hub), message ->
          told.add(message.body())
        )
        .completion()
    );
    return told;
  }

  private RemoteFollow follow(Follower follower, String owner) {
    RemoteFollow follow = new RemoteFollow(follower, UUID.randomUUID(), UUID.randomUUID(), 1, 0);
    follows.add(follow);
    follow.follows(owner);
    return follow;
  }

  @Test
  void everyOwnerOfWhatASocketReadHearsThatItHasGone() throws Exception {
    Queue<JsonObject> first = toldTo("hub-b");
    Queue<JsonObject> second = toldTo("hub-c");
    Follower socket = new Reader(UUID.randomUUID());
    RemoteFollow one = follow(socket, "hub-b");
    RemoteFollow two = follow(socket, "hub-c");

    follows.unfollow(socket.id());

    Waits.until("both owners know", () -> first.size() == 1 && second.size() == 1);
    assertThat(first.peek().getString("kind")).isEqualTo("unfollow");
    assertThat(first.peek().getString("generationId")).isEqualTo(one.generationId.toString());
    assertThat(second.peek().getString("generationId")).isEqualTo(two.generationId.toString());
    assertThat(follows.find(socket.id(), one.generationId)).isEmpty();
    assertThat(follows.find(socket.id(), two.generationId)).isEmpty();
  }

  @Test
  void anotherSocketThatReadsTheSameIsLeftAlone() throws Exception {
    Queue<JsonObject> told = toldTo("hub-b");
    RemoteFollow gone = follow(new Reader(UUID.randomUUID()), "hub-b");
    Follower stays = new Reader(UUID.randomUUID());
    RemoteFollow kept = new RemoteFollow(stays, gone.userId, gone.generationId, 1, 0);
    follows.add(kept);
    kept.follows("hub-b");

    follows.unfollow(gone.follower.id());

    Waits.until("the owner knows", () -> told.size() == 1);
    assertThat(told.peek().getString("follower")).isEqualTo(gone.follower.id().toString());
    assertThat(follows.find(stays.id(), kept.generationId)).contains(kept);
  }

  @Test
  void theReplyOfAHubThatIsGoneIsNotWaitedFor() {
    RemoteFollow follow = new RemoteFollow(
      new Reader(UUID.randomUUID()),
      UUID.randomUUID(),
      UUID.randomUUID(),
      1,
      0
    );
    follows.add(follow);
    Promise<Boolean> reply = Promise.promise();
    Future<Boolean> answered = follow.asks("hub-b", reply.future());

    follows.giveUpAsking(Set.of("hub-b", "hub-c"));
    assertThat(answered.isComplete()).isFalse();
    follows.giveUpAsking(Set.of("hub-c"));
    assertThat(answered.result()).isFalse();
    reply.complete(true);
    assertThat(answered.result()).isFalse();
  }

  @Test
  void aLivingHubIsTakenAtItsWord() {
    for (boolean word : new boolean[] { true, false }) {
      RemoteFollow follow = new RemoteFollow(
        new Reader(UUID.randomUUID()),
        UUID.randomUUID(),
        UUID.randomUUID(),
        1,
        0
      );
      assertThat(follow.asks("hub-b", Future.succeededFuture(word)).result()).isEqualTo(word);
    }
  }

  private record Reader(UUID id) implements Follower {
    @Override
    public String locale() {
      return "en";
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void send(HubFrame frame) {
      // Nothing is read here.
    }
  }
}
