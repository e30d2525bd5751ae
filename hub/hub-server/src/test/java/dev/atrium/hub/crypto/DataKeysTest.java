package dev.atrium.hub.crypto;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DataKeysTest {

  private static final Aad HERE = Aad.of("here", 1);
  private static HubData data;

  @BeforeAll
  static void start() {
    data = new HubData();
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static DataKey keyOf(DataKeys keys, UUID user) {
    return await(data.db.inTransaction(tx -> keys.forUser(tx, user)));
  }

  @Test
  void givesEverybodyOneKeyThatAnyHubCanUse() {
    var master = MasterKey.random();
    var user = UUID.randomUUID();
    var sealed = keyOf(DataKeys.create(master), user).seal(new byte[] { 7 }, HERE);
    var otherHub = keyOf(DataKeys.create(master), user);
    assertThat(otherHub.open(sealed, HERE)).containsExactly(7);
    var stranger = keyOf(DataKeys.create(master), UUID.randomUUID());
    assertThatThrownBy(() -> stranger.open(sealed, HERE)).isInstanceOf(DecryptionException.class);
  }

  @Test
  void makesOneKeyWhenManyAskAtOnce() {
    var keys = DataKeys.create(MasterKey.random());
    var user = UUID.randomUUID();
    var asked = new ArrayList<Future<DataKey>>();
    for (var i = 0; i < 12; i++) {
      asked.add(data.db.inTransaction(tx -> keys.forUser(tx, user)));
    }
    await(Future.all(asked));
    assertThat(
      asked
        .stream()
        .map(f -> f.result().id())
        .distinct()
    ).hasSize(1);
  }

  @Test
  void forgetsAKeyWhoseTransactionWasUndone() {
    var keys = DataKeys.create(MasterKey.random());
    var user = UUID.randomUUID();
    var undone = new ArrayList<DataKey>();
    var failed = data.db.inTransaction(tx ->
      keys
        .forUser(tx, user)
        .compose(_ -> keys.forUser(tx, user))
        .onSuccess(undone::add)
        .compose(_ -> Future.failedFuture("on purpose"))
    );
    await(failed.otherwiseEmpty());
    var kept = keyOf(keys, user);
    assertThat(kept.id()).isNotEqualTo(undone.getFirst().id());
    assertThat(keyOf(keys, user).id()).isEqualTo(kept.id());
  }

  @Test
  void hasNoKeyForSomebodyWhoseKeysWereDestroyed() {
    var user = UUID.randomUUID();
    var master = MasterKey.random();
    var id = keyOf(DataKeys.create(master), user).id();
    data.database.execute(
      "UPDATE user_data_key SET wrapped_key = NULL, destroyed_at = now() WHERE id = '" + id + "'"
    );
    var keys = DataKeys.create(master);
    assertRefused(data.db.read(tx -> keys.byId(tx, id)), ErrorCode.NOT_FOUND);
    assertRefused(data.db.inTransaction(tx -> keys.forUser(tx, user)), ErrorCode.NOT_FOUND);
  }
}
