package dev.atrium.hub.conversation;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.DecryptionException;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.testing.HubData;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files in the tables: what lies there, and who gets it. */
class FilesStoreTest {

  private static HubData data;
  private static ConversationStore store;
  private static Archive archive;
  private static int users;
  private UUID user;

  @BeforeAll
  static void start() {
    data = new HubData();
    DataKeys keys = DataKeys.create(PersonalKeys.create(data.keysDb, MasterKey.random()));
    store = ConversationStore.create(data.db, keys);
    archive = Archive.create(data.db, keys);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void addUser() {
    user = data.user("user" + ++users);
  }

  private SavedPrompt save(String text, FileText... files) {
    NewPrompt prompt = new NewPrompt(
      user,
      UUID.randomUUID(),
      Optional.empty(),
      Optional.empty(),
      "starter",
      text,
      List.of(files)
    );
    return await(data.db.inTransaction(tx -> store.savePrompt(tx, prompt)));
  }

  private static UUID file(SavedPrompt saved, int number) {
    return saved.files().get(number).id();
  }

  @Test
  void areSavedWithTheirPromptAndToldOfInTheirOrder() {
    SavedPrompt saved = save("", new FileText("b.txt", "zwei 😀"), new FileText("a.txt", "one"));
    assertThat(saved.title()).isEqualTo("b.txt");
    ConversationDetail.Message message = await(store.read(user, saved.conversationId()))
      .messages()
      .getFirst();
    assertThat(message.text()).isEmpty();
    assertThat(message.files()).isEqualTo(saved.files());
    assertThat(message.files()).extracting(FileView::name).containsExactly("b.txt", "a.txt");
    assertThat(message.files()).extracting(FileView::bytes).containsExactly(9, 3);
    assertThat(
      await(store.history(user, saved.userMessageId())).getFirst().files()
    ).containsExactly(new FileText("b.txt", "zwei 😀"), new FileText("a.txt", "one"));
  }

  @Test
  void nothingReadableOfThemIsInTheDatabase() {
    save("look", new FileText("private-name.txt", "a private text"));
    String tables = data.database.value(
      "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
    );
    for (String table : tables.split(",", -1)) {
      assertThat(
        data.database.value(
          "SELECT count(*) FROM %s t WHERE t::text LIKE '%%private%%' OR t::text LIKE '%%70726976617465%%'".formatted(
            table
          )
        )
      )
        .as(table)
        .isEqualTo("0");
    }
  }

  private void assertUnopenable(SavedPrompt saved, String change) {
    data.database.execute(change);
    assertThatThrownBy(() ->
      await(store.files(user, saved.conversationId(), Set.of(file(saved, 0))))
    ).isInstanceOf(DecryptionException.class);
  }

  @Test
  void aNameOrATextOpensInItsOwnRowOnly() {
    FileText first = new FileText("a.txt", "one");
    FileText second = new FileText("b.txt", "two");
    for (String column : List.of("name", "body")) {
      SavedPrompt saved = save("look", first, second);
      assertUnopenable(
        saved,
        "UPDATE file SET %1$s = (SELECT %1$s FROM file WHERE id = '%2$s') WHERE id = '%3$s'".formatted(
          column,
          file(saved, 1),
          file(saved, 0)
        )
      );
      assertThat(
        await(store.files(user, saved.conversationId(), Set.of(file(saved, 1))))
      ).containsValue(second);
    }
    SavedPrompt saved = save("look", first);
    assertUnopenable(
      saved,
      "UPDATE file SET message_id = '%s' WHERE id = '%s'".formatted(
        saved.answerId(),
        file(saved, 0)
      )
    );
    SavedPrompt other = save("look", first);
    assertUnopenable(
      other,
      "UPDATE file SET ordinal = 9 WHERE id = '%s'".formatted(file(other, 0))
    );
  }

  @Test
  void areOfOneConversationOfOnePerson() {
    SavedPrompt saved = save("look", new FileText("a.txt", "one"));
    SavedPrompt another = save("look", new FileText("b.txt", "two"));
    UUID conversation = saved.conversationId();
    Set<UUID> both = Set.of(file(saved, 0), file(another, 0));
    assertRefused(store.files(user, conversation, both), ErrorCode.NOT_FOUND);
    assertRefused(archive.files(user, conversation, both), ErrorCode.NOT_FOUND);
    UUID owner = user;
    addUser();
    Set<UUID> one = Set.of(file(saved, 0));
    assertRefused(store.files(user, conversation, one), ErrorCode.NOT_FOUND);
    assertRefused(archive.files(user, conversation, one), ErrorCode.NOT_FOUND);
    await(store.delete(owner, conversation));
    assertRefused(store.files(owner, conversation, one), ErrorCode.NOT_FOUND);
    assertThat(await(archive.files(owner, conversation, one))).as("until it is removed").hasSize(1);
  }

  @Test
  void goWithTheirConversation() {
    SavedPrompt saved = save("look", new FileText("a.txt", "one"));
    assertThat(
      data.database.value("SELECT count(*) FROM file WHERE id = '" + file(saved, 0) + "'")
    ).isEqualTo("1");
    data.database.execute(
      "SELECT privacy_delete_conversations('{" + saved.conversationId() + "}')"
    );
    assertThat(
      data.database.value("SELECT count(*) FROM file WHERE id = '" + file(saved, 0) + "'")
    ).isEqualTo("0");
  }
}
