package dev.atrium.hub.conversation;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.HubData.count;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.DecryptionException;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConversationStoreTest {

  private static final MasterKey master = MasterKey.random();
  private static HubData data;
  private static ConversationStore store;
  private static int users;
  private UUID user;

  @BeforeAll
  static void start() {
    data = new HubData();
    store = ConversationStore.create(
      data.db,
      DataKeys.create(PersonalKeys.create(data.keysDb, master))
    );
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void addUser() {
    user = data.user("user" + ++users);
  }

  private Future<SavedPrompt> send(UUID clientId, UUID conversation, UUID parent, String text) {
    var prompt = new NewPrompt(
      user,
      clientId,
      Optional.ofNullable(conversation),
      Optional.ofNullable(parent),
      "starter",
      text
    );
    return data.db.inTransaction(tx -> store.savePrompt(tx, prompt).compose(s -> generate(tx, s)));
  }

  private Future<SavedPrompt> retry(UUID clientId, UUID answer) {
    var wish = new NewRetry(user, clientId, answer, "starter");
    return data.db.inTransaction(tx -> store.saveRetry(tx, wish).compose(s -> generate(tx, s)));
  }

  /** What the generation room does in the same transaction. */
  private Future<SavedPrompt> generate(Tx tx, SavedPrompt saved) {
    if (saved.repeated()) {
      return Future.succeededFuture(saved);
    }
    var sql = """
      INSERT INTO generation (id, conversation_id, message_id, user_id, department_id, model, seed)
      VALUES ($1, $2, $3, $4, $5, 'starter', 1)
      """;
    var values = Tuple.of(
      saved.generationId(),
      saved.conversationId(),
      saved.answerId(),
      user,
      data.department()
    );
    return tx.sql().preparedQuery(sql).execute(values).map(saved);
  }

  private SavedPrompt send(String text) {
    return await(send(UUID.randomUUID(), null, null, text));
  }

  private Future<Void> append(SavedPrompt saved, int from, String text, Integer... tokens) {
    var chunk = new AnswerChunk(
      saved.generationId(),
      user,
      saved.conversationId(),
      1,
      from,
      text,
      List.of(tokens),
      ""
    );
    return data.db.inTransaction(tx -> store.appendAnswers(tx, List.of(chunk)));
  }

  private Future<Void> finish(
    SavedPrompt saved,
    MessageStatus status,
    Optional<MessageError> error
  ) {
    return data.db.inTransaction(tx ->
      store
        .finishAnswer(tx, saved.generationId(), status, error)
        .compose(_ ->
          tx
            .sql()
            .preparedQuery("UPDATE generation SET status = $2, finished_at = now() WHERE id = $1")
            .execute(
              Tuple.of(
                saved.generationId(),
                status == MessageStatus.COMPLETE ? "done" : status.code()
              )
            )
            .mapEmpty()
        )
    );
  }

  private void answer(SavedPrompt saved, String text) {
    await(append(saved, 0, text, 1, 2, 3));
    await(finish(saved, MessageStatus.COMPLETE, Optional.empty()));
  }

  @Test
  void savesAPromptWithAPendingAnswer() {
    var saved = send("What is Atrium?");
    assertThat(saved.newConversation()).isTrue();
    var detail = await(store.read(user, saved.conversationId()));
    assertThat(detail.title()).isEqualTo("What is Atrium?");
    assertThat(detail.messages()).hasSize(2);
    var prompt = detail.messages().getFirst();
    assertThat(prompt.id()).isEqualTo(saved.userMessageId());
    assertThat(prompt.text()).isEqualTo("What is Atrium?");
    assertThat(prompt.status()).isEqualTo(MessageStatus.COMPLETE);
    var answer = detail.messages().getLast();
    assertThat(answer.parentId()).contains(prompt.id());
    assertThat(answer.status()).isEqualTo(MessageStatus.PENDING);
    assertThat(answer.model()).contains("starter");
    assertThat(answer.generation().orElseThrow().id()).isEqualTo(saved.generationId());
  }

  @Test
  void findsARepeatInsteadOfSavingItTwice() {
    var id = UUID.randomUUID();
    var first = await(send(id, null, null, "once"));
    var again = await(send(id, null, null, "once"));
    assertThat(again.repeated()).isTrue();
    assertThat(again.generationId()).isEqualTo(first.generationId());
    assertThat(again.answerId()).isEqualTo(first.answerId());
    assertThat(again.conversationId()).isEqualTo(first.conversationId());
    assertThat(again.title()).isEqualTo("once");
    assertThat(await(store.list(user, Optional.empty(), 10)).items()).hasSize(1);
  }

  @Test
  void savesOnePromptHoweverManyTimesItIsSentAtOnce() {
    var id = UUID.randomUUID();
    var sends = new ArrayList<Future<SavedPrompt>>();
    for (var i = 0; i < count(20, 200); i++) {
      sends.add(send(id, null, null, "once"));
    }
    await(Future.all(sends));
    assertThat(
      sends
        .stream()
        .map(f -> f.result().generationId())
        .distinct()
    ).hasSize(1);
    assertThat(sends.stream().filter(f -> !f.result().repeated())).hasSize(1);
  }

  @Test
  void acceptsOneOfManyPromptsSentAtOnceToOneConversation() {
    var first = send("hello");
    answer(first, "hi");
    var sends = new ArrayList<Future<SavedPrompt>>();
    for (var i = 0; i < count(20, 200); i++) {
      sends.add(send(UUID.randomUUID(), first.conversationId(), first.answerId(), "prompt " + i));
    }
    await(Future.join(sends).otherwiseEmpty());
    assertThat(sends.stream().filter(Future::succeeded)).hasSize(1);
    sends
      .stream()
      .filter(Future::failed)
      .forEach(refused -> assertRefused(refused, ErrorCode.GENERATION_BUSY));
  }

  @Test
  void namesTheGenerationThatIsBusy() {
    var saved = send("hello");
    assertThatThrownBy(() ->
      await(send(UUID.randomUUID(), saved.conversationId(), saved.answerId(), "again"))
    ).isInstanceOfSatisfying(AtriumException.class, e ->
      assertThat(e.args()).containsEntry("generationId", saved.generationId().toString())
    );
  }

  @Test
  void doesNotKnowSomebodyElsesConversation() {
    var saved = send("private");
    answer(saved, "secret");
    var owner = user;
    addUser();
    var conversation = saved.conversationId();
    var send = send(UUID.randomUUID(), conversation, saved.answerId(), "let me in");
    assertRefused(send, ErrorCode.NOT_FOUND);
    assertRefused(retry(UUID.randomUUID(), saved.answerId()), ErrorCode.NOT_FOUND);
    assertRefused(store.read(user, conversation), ErrorCode.NOT_FOUND);
    assertRefused(store.history(user, saved.userMessageId()), ErrorCode.NOT_FOUND);
    assertRefused(store.rename(user, conversation, "mine"), ErrorCode.NOT_FOUND);
    assertRefused(store.delete(user, conversation), ErrorCode.NOT_FOUND);
    assertRefused(store.answer(user, saved.generationId()), ErrorCode.NOT_FOUND);
    assertThat(await(store.list(user, Optional.empty(), 10)).items()).isEmpty();
    assertThat(await(store.read(owner, conversation)).title()).isEqualTo("private");
  }

  @Test
  void letsTwoUsersUseTheSameClientId() {
    var id = UUID.randomUUID();
    var one = await(send(id, null, null, "mine"));
    addUser();
    var other = await(send(id, null, null, "mine too"));
    assertThat(other.repeated()).isFalse();
    assertThat(other.conversationId()).isNotEqualTo(one.conversationId());
  }

  @Test
  void refusesAParentThatIsNoAnswerOfTheConversation() {
    var one = send("one");
    answer(one, "1");
    var other = send("other");
    answer(other, "2");
    var conversation = one.conversationId();
    assertRefused(
      send(UUID.randomUUID(), conversation, other.answerId(), "x"),
      ErrorCode.NOT_FOUND
    );
    assertRefused(
      send(UUID.randomUUID(), conversation, one.userMessageId(), "x"),
      ErrorCode.BAD_FIELD
    );
    assertRefused(send(UUID.randomUUID(), null, one.answerId(), "x"), ErrorCode.BAD_FIELD);
  }

  @Test
  void growsAnAnswerPieceByPieceAndKeepsItWhole() {
    var saved = send("tell me");
    await(data.db.inTransaction(tx -> store.startAnswer(tx, saved.generationId(), "node-1")));
    await(append(saved, 0, "你好 ", 5, 6));
    await(append(saved, 3, "😀!", 7));
    await(append(saved, 5, "", 8));
    await(append(saved, 5, " bye", 9));

    var running = await(store.answer(user, saved.generationId()));
    assertThat(running.text()).isEqualTo("你好 😀! bye");
    assertThat(running.tokenIds()).containsExactly(5, 6, 7, 8, 9);
    assertThat(running.status()).isEqualTo(MessageStatus.RUNNING);
    assertThat(running.position()).isEqualTo(9);
    var seen = await(store.read(user, saved.conversationId())).messages().getLast();
    assertThat(seen.text()).isEqualTo("你好 😀! bye");
    assertThat(seen.generation().orElseThrow().position()).isEqualTo(9);

    await(finish(saved, MessageStatus.COMPLETE, Optional.empty()));
    var done = await(store.answer(user, saved.generationId()));
    assertThat(done.text()).isEqualTo(running.text());
    assertThat(done.tokenIds()).isEqualTo(running.tokenIds());
    assertThat(done.status()).isEqualTo(MessageStatus.COMPLETE);
    assertThat(
      data.database.value(
        "SELECT count(*) FROM answer_chunk WHERE generation_id = '" + saved.generationId() + "'"
      )
    ).isEqualTo("0");
  }

  @Test
  void refusesAPieceThatDoesNotFit() {
    var saved = send("tell me");
    await(append(saved, 0, "abc", 1));
    assertRefused(append(saved, 0, "abc", 1), ErrorCode.INTERNAL);
    assertRefused(append(saved, 2, "x", 2), ErrorCode.INTERNAL);
    assertRefused(append(saved, 4, "x", 2), ErrorCode.INTERNAL);
    assertThat(await(store.answer(user, saved.generationId())).text()).isEqualTo("abc");
  }

  @Test
  void finishesOnceAndStaysFinished() {
    var saved = send("tell me");
    await(append(saved, 0, "part", 1));
    await(finish(saved, MessageStatus.STOPPED, Optional.empty()));
    await(finish(saved, MessageStatus.COMPLETE, Optional.empty()));
    var answer = await(store.answer(user, saved.generationId()));
    assertThat(answer.status()).isEqualTo(MessageStatus.STOPPED);
    assertThat(answer.text()).isEqualTo("part");
  }

  @Test
  void keepsTheReasonOfAFailure() {
    var saved = send("tell me");
    var error = new MessageError("node_lost", Map.of("node", "node-1"));
    await(finish(saved, MessageStatus.FAILED, Optional.of(error)));
    var answer = await(store.read(user, saved.conversationId())).messages().getLast();
    assertThat(answer.error()).contains(error);
    assertThat(answer.text()).isEmpty();
  }

  @Test
  void putsAnotherAnswerBesideTheFirst() {
    var first = send("tell me");
    answer(first, "one way");
    var clientId = UUID.randomUUID();
    var second = await(retry(clientId, first.answerId()));
    assertThat(second.userMessageId()).isEqualTo(first.userMessageId());
    assertThat(second.answerId()).isNotEqualTo(first.answerId());
    assertThat(await(retry(clientId, first.answerId())).generationId()).isEqualTo(
      second.generationId()
    );
    answer(second, "another way");
    var messages = await(store.read(user, first.conversationId())).messages();
    assertThat(messages)
      .extracting(ConversationDetail.Message::text)
      .containsExactly("tell me", "one way", "another way");
    assertThat(messages).extracting(ConversationDetail.Message::choice).containsExactly(0, 0, 1);
  }

  @Test
  void tellsTheHistoryOfOneBranchWithoutFailedAnswers() {
    var first = send("one");
    answer(first, "1");
    var failed = await(send(UUID.randomUUID(), first.conversationId(), first.answerId(), "two"));
    await(append(failed, 0, "half", 1));
    await(finish(failed, MessageStatus.FAILED, Optional.empty()));
    var stopped = await(retry(UUID.randomUUID(), failed.answerId()));
    await(append(stopped, 0, "2, stopped", 1));
    await(finish(stopped, MessageStatus.STOPPED, Optional.empty()));
    var last = await(send(UUID.randomUUID(), first.conversationId(), stopped.answerId(), "three"));

    assertThat(await(store.history(user, last.userMessageId())))
      .extracting(turn -> turn.role() + ": " + turn.text())
      .containsExactly(
        "user: one",
        "assistant: 1",
        "user: two",
        "assistant: 2, stopped",
        "user: three"
      );
  }

  @Test
  void listsTheLatestFirstPageByPage() {
    var ids = new ArrayList<UUID>();
    for (var i = 0; i < 5; i++) {
      ids.addFirst(send("prompt " + i).conversationId());
    }
    var seen = new ArrayList<UUID>();
    Optional<String> cursor = Optional.empty();
    do {
      var page = await(store.list(user, cursor, 2));
      page.items().forEach(item -> seen.add(item.id()));
      assertThat(page.items()).allSatisfy(item -> assertThat(item.running()).isPresent());
      cursor = page.next();
    } while (cursor.isPresent());
    assertThat(seen).isEqualTo(ids);
  }

  @Test
  void refusesACursorThatIsNoneAndALimitThatIsTooLarge() {
    assertRefused(store.list(user, Optional.of("nonsense!"), 10), ErrorCode.BAD_FIELD);
    assertRefused(store.list(user, Optional.of("AAAA"), 10), ErrorCode.BAD_FIELD);
    assertRefused(store.list(user, Optional.empty(), 1_000), ErrorCode.BAD_FIELD);
  }

  @Test
  void renamesAndDeletes() {
    var saved = send("hello");
    var conversation = saved.conversationId();
    assertThat(await(store.rename(user, conversation, " A  better\nname ")).title()).isEqualTo(
      "A better name"
    );
    assertRefused(store.rename(user, conversation, "  "), ErrorCode.BAD_FIELD);
    assertRefused(store.rename(user, conversation, "x".repeat(201)), ErrorCode.BAD_FIELD);
    assertThat(await(store.delete(user, conversation))).contains(saved.generationId());
    assertRefused(store.read(user, conversation), ErrorCode.NOT_FOUND);
    assertRefused(store.delete(user, conversation), ErrorCode.NOT_FOUND);
    assertRefused(store.answer(user, saved.generationId()), ErrorCode.NOT_FOUND);
  }

  @Test
  void keepsNothingReadableInTheDatabase() {
    var saved = send("a very private question");
    answer(saved, "a very private answer");
    for (var table : List.of("conversation", "message", "message_part", "answer_chunk")) {
      assertThat(
        data.database.value(
          "SELECT count(*) FROM " +
          table +
          " t WHERE to_json(t)::text LIKE '%private%' OR to_json(t)::text LIKE '%" +
          "70726976617465" +
          "%'"
        )
      ).isEqualTo("0");
    }
  }

  @Test
  void noticesBodiesThatWereSwapped() {
    var one = send("one");
    var two = send("two");
    data.database.execute(
      "UPDATE message_part SET ciphertext = (SELECT ciphertext FROM message_part WHERE message_id = '" +
      one.userMessageId() +
      "') WHERE message_id = '" +
      two.userMessageId() +
      "'"
    );
    assertThatThrownBy(() -> await(store.read(user, two.conversationId()))).isInstanceOf(
      DecryptionException.class
    );
    await(store.read(user, one.conversationId()));
  }
}
