package dev.atrium.hub.conversation;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.MessageSearch.Bounds;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.testing.HubData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageSearchTest {

  private static HubData data;
  private static DataKeys keys;
  private static ConversationStore store;
  private static int users;
  private UUID user;

  @BeforeAll
  static void start() {
    data = new HubData();
    keys = DataKeys.create(PersonalKeys.create(data.keysDb, MasterKey.random()));
    store = ConversationStore.create(data.db, keys);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void addUser() {
    user = data.user("seeker" + ++users);
  }

  /** A prompt, as another version of the first message of a conversation, or in a new one. */
  private SavedPrompt write(UUID owner, Optional<UUID> conversation, String text) {
    var prompt = new NewPrompt(
      owner,
      UUID.randomUUID(),
      conversation,
      Optional.empty(),
      "starter",
      text
    );
    return await(data.db.inTransaction(tx -> store.savePrompt(tx, prompt)));
  }

  private static MessageSearch within(int messages, int bytes, int hits) {
    return new PgMessageSearch(
      data.db,
      keys,
      new Bounds(messages, bytes, Duration.ofSeconds(20), hits)
    );
  }

  private MessageSearch.Found find(String text) {
    return await(MessageSearch.create(data.db, keys).search(user, text, Optional.empty()));
  }

  @Test
  void findsWhatOneWroteWhateverItsCaseAndShowsWhereItStands() {
    var saved = write(
      user,
      Optional.empty(),
      "short title\n" + "x".repeat(200) + " The Lantern Festival"
    );
    write(user, Optional.empty(), "元宵节的灯笼");
    var found = find("lantern festival");
    assertThat(found.next()).isEmpty();
    assertThat(found.hits()).hasSize(1);
    var hit = found.hits().getFirst();
    assertThat(hit.conversationId()).isEqualTo(saved.conversationId());
    assertThat(hit.messageId()).contains(saved.userMessageId());
    assertThat(hit.excerpt().substring(hit.at(), hit.at() + hit.length())).isEqualTo(
      "Lantern Festival"
    );
    assertThat(hit.excerpt()).hasSizeLessThan(150);
    assertThat(find("灯笼").hits())
      .extracting(h -> h.messageId().isPresent())
      .containsExactly(false, true);
    assertThat(find("no such words").hits()).isEmpty();
  }

  @Test
  void findsNothingOfOthersAndNothingThatWasDeleted() {
    write(data.user("other" + users), Optional.empty(), "a secret of another");
    var mine = write(user, Optional.empty(), "a secret of mine");
    assertThat(find("secret").hits())
      .extracting(MessageSearch.Hit::conversationId)
      .containsOnly(mine.conversationId());
    await(store.delete(user, mine.conversationId()));
    assertThat(find("secret").hits()).isEmpty();
  }

  /** Each call stops at its bounds, in the middle of a conversation too, and the next finds the rest. */
  @Test
  void goesOnWhereItsBoundsStoppedItAndMissesNothing() {
    var ids = new ArrayList<UUID>();
    for (int c = 0; c < 3; c++) {
      var first = write(user, Optional.empty(), "needle, and a title");
      ids.add(first.userMessageId());
      for (int i = 0; i < 40; i++) {
        data.database.execute("UPDATE message SET status = 'complete' WHERE status = 'pending'");
        ids.add(write(user, Optional.of(first.conversationId()), "needle " + i).userMessageId());
      }
    }
    for (var search : List.of(
      within(30, 1 << 20, 1_000),
      within(9_999, 500, 1_000),
      within(9_999, 1 << 20, 7)
    )) {
      var found = new ArrayList<UUID>();
      int titles = 0;
      int calls = 0;
      Optional<String> cursor = Optional.empty();
      do {
        var part = await(search.search(user, "NEEDLE", cursor));
        assertThat(part.scanned()).isLessThanOrEqualTo(100);
        part.hits().forEach(hit -> hit.messageId().ifPresent(found::add));
        titles += (int) part
          .hits()
          .stream()
          .filter(hit -> hit.messageId().isEmpty())
          .count();
        cursor = part.next();
        calls++;
      } while (cursor.isPresent());
      assertThat(calls).isGreaterThan(3);
      assertThat(found).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(titles).isEqualTo(3);
    }
  }

  @Test
  void refusesNoTextTooMuchTextAndAForeignCursor() {
    var search = MessageSearch.create(data.db, keys);
    assertRefused(search.search(user, "  ", Optional.empty()), ErrorCode.BAD_FIELD);
    assertRefused(search.search(user, "x".repeat(201), Optional.empty()), ErrorCode.BAD_FIELD);
    for (var cursor : List.of("x", "", "AAAA.x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.1-1-1-1-zz")) {
      assertRefused(search.search(user, "x", Optional.of(cursor)), ErrorCode.BAD_FIELD);
    }
  }
}
