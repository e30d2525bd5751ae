package dev.atrium.hub.crypto;

import static dev.atrium.hub.testing.HubData.await;

import dev.atrium.hub.testing.HubData;
import dev.atrium.keys.Aes256Gcm;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;

/** Makes rows what they were before V007: encrypted by a key of their owner, which lay beside them. */
public final class LegacyKey {

  private LegacyKey() {}

  /** Puts a personal key into the hub's own database, as hubs did. */
  public static DataKey add(HubData data, MasterKey master, UUID user) {
    var id = UUID.randomUUID();
    var key = new DataKey(id, Aes256Gcm.random());
    var wrapped = master.wrap(key.bytes(), Aad.of("user_data_key", id));
    data.database.execute(
      "INSERT INTO user_data_key (id, user_id, wrapped_key, master_key_id) VALUES ('" +
      id +
      "', '" +
      user +
      "', '\\x" +
      hex(wrapped.bytes()) +
      "', '" +
      wrapped.keyId() +
      "')"
    );
    return key;
  }

  /** Seals a person's first prompt and its title by such a key, which a hub that starts then moves. */
  public static void age(HubData data, MasterKey master, UUID user, PersonalKeys personal) {
    var legacy = add(data, master, user);
    var keys = DataKeys.create(personal);
    var sql =
      "FROM message m JOIN message_part p ON p.message_id = m.id WHERE m.author_id = '" +
      user +
      "' ORDER BY m.id LIMIT 1";
    var message = UUID.fromString(data.database.value("SELECT m.id " + sql));
    var current = UUID.fromString(data.database.value("SELECT p.key_id " + sql));
    var conversation = UUID.fromString(data.database.value("SELECT m.conversation_id " + sql));
    var key = await(data.db.read(tx -> keys.byIds(tx, Set.of(current), user))).get(current);
    var part = Aad.of("message_part", message, 0);
    var body = HexFormat.of().parseHex(
      data.database.value("SELECT encode(p.ciphertext, 'hex') " + sql)
    );
    var title = Aad.of("conversation.title", conversation);
    var name = HexFormat.of().parseHex(
      data.database.value(
        "SELECT encode(title, 'hex') FROM conversation WHERE id = '" + conversation + "'"
      )
    );
    data.database.execute(
      "UPDATE message_part SET ciphertext = '\\x" +
      hex(legacy.seal(key.open(body, part), part)) +
      "', key_id = '" +
      legacy.id() +
      "' WHERE message_id = '" +
      message +
      "'; UPDATE conversation SET title = '\\x" +
      hex(legacy.seal(key.open(name, title), title)) +
      "', title_key_id = '" +
      legacy.id() +
      "' WHERE id = '" +
      conversation +
      "'"
    );
    await(PgLegacyKeys.open(data.db, personal));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
