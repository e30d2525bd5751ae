package dev.atrium.hub.crypto;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataKeysTest {

  private static final Aad HERE = Aad.of("here", 1);
  private static final MasterKey master = MasterKey.random();
  private static HubData data;
  private static PersonalKeys personal;
  private static int users;
  private UUID user;
  private UUID conversation;
  private DataKeys keys;

  @BeforeAll
  static void start() {
    data = new HubData();
    personal = PersonalKeys.create(data.keysDb, master);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void addUser() {
    user = data.user("user" + ++users);
    conversation = conversationOf(user);
    keys = hub();
  }

  /** With caches of its own. */
  private static DataKeys hub() {
    return DataKeys.create(PersonalKeys.create(data.keysDb, master));
  }

  private static UUID conversationOf(UUID owner) {
    return UUID.fromString(
      data.database.value(
        "INSERT INTO conversation (owner_id, title, title_key_id) VALUES ('" +
        owner +
        "', '', uuidv7()) RETURNING id"
      )
    );
  }

  private DataKey write(DataKeys by) {
    return await(data.db.inTransaction(tx -> by.forConversation(tx, conversation, user)));
  }

  private Future<DataKey> read(DataKeys by, UUID keyId, UUID reader) {
    return data.db.read(tx -> by.byIds(tx, Set.of(keyId), reader)).map(all -> all.get(keyId));
  }

  @Test
  void givesAConversationOneKeyThatItsReaderHasOnAnyHub() {
    var key = write(keys);
    var sealed = key.seal(new byte[] { 7 }, HERE);
    assertThat(write(hub()).id()).isEqualTo(key.id());
    assertThat(await(read(hub(), key.id(), user)).open(sealed, HERE)).containsExactly(7);
    conversation = conversationOf(user);
    var other = write(keys);
    assertThatThrownBy(() -> other.open(sealed, HERE)).isInstanceOf(DecryptionException.class);
  }

  @Test
  void holdsForItsReaderAloneWhatWasReadBefore() {
    var key = write(hub());
    assertThat(keys.held(conversation, user)).isEmpty();
    assertThat(write(keys).id()).isEqualTo(key.id());
    assertThat(keys.held(conversation, user).orElseThrow().id()).isEqualTo(key.id());
    assertThat(keys.held(conversation, data.user("other" + users))).isEmpty();
    keys.forget(Set.of(user));
    assertThat(keys.held(conversation, user)).isEmpty();
  }

  @Test
  void givesNobodyElseTheKeyNotEvenFromTheCache() {
    var key = write(keys);
    await(read(keys, key.id(), user));
    var stranger = data.user("stranger" + users);
    assertRefused(read(keys, key.id(), stranger), ErrorCode.NOT_FOUND);
    assertRefused(
      data.db.inTransaction(tx -> keys.forConversation(tx, conversation, stranger)),
      ErrorCode.NOT_FOUND
    );
  }

  @Test
  void makesOneKeyWhenManyAskAtOnce() {
    var asked = new ArrayList<Future<DataKey>>();
    for (var i = 0; i < 12; i++) {
      asked.add(data.db.inTransaction(tx -> keys.forConversation(tx, conversation, user)));
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
    var undone = new ArrayList<DataKey>();
    var failed = data.db.inTransaction(tx ->
      keys
        .forConversation(tx, conversation, user)
        .compose(_ -> keys.forConversation(tx, conversation, user))
        .onSuccess(undone::add)
        .compose(_ -> Future.failedFuture("on purpose"))
    );
    await(failed.otherwiseEmpty());
    var kept = write(keys);
    assertThat(kept.id()).isNotEqualTo(undone.getFirst().id());
    assertThat(write(keys).id()).isEqualTo(kept.id());
  }

  @Test
  void hasNothingForSomebodyWhoWasErased() {
    var key = write(keys);
    assertThat(await(personal.erase(user))).isEqualTo(1);
    assertRefused(read(hub(), key.id(), user), ErrorCode.NOT_FOUND);
    conversation = conversationOf(user);
    assertRefused(
      data.db.inTransaction(tx -> hub().forConversation(tx, conversation, user)),
      ErrorCode.NOT_FOUND
    );
    assertThat(await(personal.erased(Set.of(user, data.user("left" + users))))).containsExactly(
      user
    );
    assertThatThrownBy(() ->
      data.keysDatabase.execute("UPDATE personal_key SET wrapped_key = 'x', destroyed_at = NULL")
    ).hasStackTraceContaining("was destroyed");
  }

  @Test
  void makesNoKeyForSomebodyWhoWasErasedWithoutEverHavingHadOne() {
    await(personal.erase(user));
    assertRefused(
      data.db.inTransaction(tx -> keys.forConversation(tx, conversation, user)),
      ErrorCode.NOT_FOUND
    );
  }

  @Test
  void dropsWhatItHoldsOfSomebodyWhoWasErased() {
    var key = write(keys);
    await(read(keys, key.id(), user));
    await(personal.erase(user));
    assertThat(await(read(keys, key.id(), user))).as("still held").isNotNull();
    data.database.execute(
      "UPDATE app_user SET status = 'erased', disabled_at = now() WHERE id = '" + user + "'"
    );
    await(keys.forgetErased(data.db));
    assertRefused(read(keys, key.id(), user), ErrorCode.NOT_FOUND);
  }

  @Test
  void readsOnWhenAPersonalKeyIsReplacedAndDestroyed() {
    var key = write(keys);
    var sealed = key.seal(new byte[] { 7 }, HERE);
    var older = await(personal.renew(user, Instant.MAX));
    assertThat(older).hasSize(1);
    var rewraps = new PgRewraps(data.db, personal, master);
    assertThat(await(rewraps.forReader(user, 10))).isEqualTo(1);
    assertThat(await(rewraps.forReader(user, 10))).isZero();
    await(personal.destroy(user, older.getFirst()));
    assertThat(await(read(hub(), key.id(), user)).open(sealed, HERE)).containsExactly(7);
    assertThat(write(hub()).id()).isEqualTo(key.id());
  }

  /** A database of before V007: its personal keys lie beside the bodies that they encrypted. */
  @Test
  void movesOlderKeysOutOfTheHubsDatabaseAndReadsOn() {
    var older = LegacyKey.add(data, master, user);
    var id = older.id();
    var sealed = older.seal(new byte[] { 7 }, HERE);
    assertThat(await(PgLegacyKeys.open(data.db, personal))).isEqualTo(1);
    assertThat(data.database.value("SELECT count(*) FROM user_data_key")).isEqualTo("0");
    assertThat(await(personal.movedAt())).isPresent();
    assertThat(await(read(keys, id, user)).open(sealed, HERE)).containsExactly(7);
    assertRefused(read(keys, id, data.user("other" + users)), ErrorCode.NOT_FOUND);
    assertThat(await(PgLegacyKeys.open(data.db, personal))).isZero();
    assertThat(write(keys).id()).isNotEqualTo(id);
    assertThat(await(personal.renew(user, Instant.MAX))).isEqualTo(List.of(id));
  }

  @Test
  void refusesTheKeysOfAnotherInstallation() {
    await(PgLegacyKeys.open(data.db, personal));
    assertThatThrownBy(() -> await(personal.claim(UUID.randomUUID()))).hasMessageContaining(
      "another installation"
    );
  }
}
