package dev.atrium.hub.generation;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.conversation.AnswerChunk;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.NewPrompt;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.conversation.SealedChunk;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnswerWritesTest {

  private static final String HUB = "hub-a";

  private HubData data;
  private Db oneConnection;
  private GenerationStore store;
  private UUID ada;

  private record Piece(UUID generation, String owner, int epoch, int from, int length, int seq) {}

  @BeforeEach
  void start() {
    data = new HubData();
    Duration limit = Duration.ofSeconds(5);
    oneConnection = await(
      Db.connect(
        data.vertx,
        new DatabaseConfig(data.database.url(), "hub_app", 1, 100, limit, limit)
      )
    );
    store = new PgGenerationStore(oneConnection);
    ada = data.user("ada");
  }

  @AfterEach
  void stop() {
    await(oneConnection.close());
    data.close();
  }

  private UUID generation() {
    return UUID.fromString(
      data.database.value(
        "INSERT INTO generation (user_id, department_id, owner, model, seed) SELECT id, department_id, '" +
        HUB +
        "', 'm', 1 FROM app_user WHERE id = '" +
        ada +
        "' RETURNING id"
      )
    );
  }

  private static Piece piece(UUID generation, int from, int length) {
    return new Piece(generation, HUB, 1, from, length, from + length);
  }

  private Future<GenerationStore.Advanced> write(Piece... pieces) {
    return store.write(
      Arrays.stream(pieces)
        .map(p ->
          new GenerationStore.Progress(
            new Guard(p.generation(), p.owner(), p.epoch()),
            p.from(),
            p.from() + p.length(),
            p.seq()
          )
        )
        .toList(),
      Arrays.stream(pieces)
        .map(p ->
          new SealedChunk(
            p.generation(),
            1,
            p.from(),
            p.length(),
            Buffer.buffer("text of " + p.from()),
            UUID.randomUUID(),
            Optional.empty(),
            Optional.of("text 0")
          )
        )
        .toList()
    );
  }

  private String stored(UUID generation) {
    return data.database.value(
      "SELECT g.position || ' ' || g.node_seq || ' ' || coalesce((SELECT string_agg(convert_from(c.ciphertext, 'UTF8'), ', '" +
      " ORDER BY c.from_position, c.id) FROM answer_chunk c WHERE c.generation_id = g.id), 'nothing')" +
      " FROM generation g WHERE g.id = '" +
      generation +
      "'"
    );
  }

  @Test
  void writesAllPiecesOfABatch() {
    UUID one = generation();
    UUID two = generation();
    var first = await(write(piece(one, 0, 5), piece(two, 0, 7)));
    assertThat(first.now()).containsExactlyInAnyOrder(one, two);
    assertThat(first.before()).isEmpty();
    await(write(piece(two, 7, 1), piece(one, 5, 2)));
    assertThat(stored(one)).isEqualTo("7 7 text of 0, text of 5");
    assertThat(stored(two)).isEqualTo("8 8 text of 0, text of 7");
  }

  @Test
  void writesOnlyWhatIsStillItsOwnAndTellsWhatWasWrittenBefore() {
    UUID mine = generation();
    UUID written = generation();
    UUID adopted = generation();
    UUID ended = generation();
    UUID elsewhere = generation();
    await(write(piece(written, 0, 4)));
    data.database.execute(
      "UPDATE generation SET epoch = 2 WHERE id = '" +
      adopted +
      "'; UPDATE generation SET status = 'done', finished_at = now() WHERE id = '" +
      ended +
      "'"
    );
    var told = await(
      write(
        piece(adopted, 0, 4),
        piece(written, 0, 4),
        piece(mine, 0, 4),
        piece(ended, 0, 4),
        new Piece(elsewhere, "hub-b", 1, 0, 4, 4)
      )
    );
    assertThat(told.now()).containsExactly(mine);
    assertThat(told.before()).containsExactly(written);
    assertThat(stored(mine)).isEqualTo("4 4 text of 0");
    assertThat(stored(written)).isEqualTo("4 4 text of 0");
    for (UUID other : List.of(adopted, ended, elsewhere)) {
      assertThat(stored(other)).isEqualTo("0 0 nothing");
    }
  }

  @Test
  void writesNothingOfABatchOfWhichOnePieceDoesNotFit() {
    UUID one = generation();
    UUID damaged = generation();
    await(write(piece(damaged, 0, 4)));
    data.database.execute("DELETE FROM answer_chunk");
    assertRefused(write(piece(one, 0, 5), piece(damaged, 4, 5)), ErrorCode.INTERNAL);
    assertThat(stored(one)).isEqualTo("0 0 nothing");
    assertThat(stored(damaged)).isEqualTo("4 4 nothing");
  }

  @Test
  void writesTextThatWasSealedWithKeysThatHadToBeReadFirst() {
    MasterKey master = MasterKey.random();
    ConversationStore one = conversations(master);
    NewPrompt prompt = new NewPrompt(
      ada,
      UUID.randomUUID(),
      Optional.empty(),
      Optional.empty(),
      "m",
      "tell me"
    );
    SavedPrompt saved = await(
      data.db.inTransaction(tx ->
        one
          .savePrompt(tx, prompt)
          .compose(s ->
            store
              .insert(
                tx,
                new NewGeneration(
                  s.generationId(),
                  s.conversationId(),
                  s.answerId(),
                  ada,
                  data.department(),
                  HUB,
                  "m",
                  1
                )
              )
              .map(s)
          )
      )
    );
    AnswerChunk chunk = new AnswerChunk(
      saved.generationId(),
      ada,
      saved.conversationId(),
      1,
      0,
      "你好😀",
      List.of(5, 6),
      "held"
    );
    Guard guard = new Guard(saved.generationId(), HUB, 1);
    await(
      conversations(master)
        .sealAnswers(List.of(chunk))
        .compose(sealed ->
          store.write(List.of(new GenerationStore.Progress(guard, 0, 3, 1)), sealed)
        )
    );
    StoredAnswer answer = await(one.answer(ada, saved.generationId()));
    assertThat(answer.text()).isEqualTo("你好😀");
    assertThat(answer.tokenIds()).containsExactly(5, 6);
    assertThat(answer.held()).isEqualTo("held");
  }

  private ConversationStore conversations(MasterKey master) {
    return ConversationStore.create(
      data.db,
      DataKeys.create(PersonalKeys.create(data.keysDb, master))
    );
  }

  /** A connection keeps the plan that it made when there was nothing. */
  @Test
  void findsWhereAnAnswerEndsByIndexHoweverMuchHasBeenWritten() {
    UUID one = generation();
    data.database.execute("VACUUM ANALYZE answer_chunk");
    for (int i = 0; i < 8; i++) {
      await(write(piece(one, i, 1)));
    }
    data.database.execute(
      """
      INSERT INTO answer_chunk (generation_id, attempt, from_position, code_points, ciphertext, key_id)
        SELECT id, 1, i, 1, 'x', id FROM generation, generate_series(8, 2000) AS i;
      UPDATE generation SET position = 2001"""
    );
    long rowsRead = rowsRead("answer_chunk");
    for (int i = 0; i < 8; i++) {
      await(write(piece(one, 2001 + i, 1)));
    }
    assertThat(rowsRead("answer_chunk") - rowsRead).isBetween(8L, 16L);
  }

  /** Its plans are those of a quiet hour, in which nothing ran when the table was analysed. */
  @Test
  void findsTheGenerationByItsIdHoweverManyRun() {
    String another =
      "INSERT INTO generation (user_id, department_id, owner, model, seed, status, finished_at)" +
      " SELECT id, department_id, '" +
      HUB +
      "', 'm', 1, ";
    String all = " FROM app_user, generate_series(1, 1000)";
    data.database.execute(another + "'done', now()" + all);
    data.database.execute("VACUUM ANALYZE generation");
    UUID one = generation();
    writeAndHold(one, 0);
    data.database.execute(another + "'running', NULL" + all);
    long rowsRead = rowsRead("generation");
    writeAndHold(one, 8);
    // Written, referred to by a piece, and held: each time the one row.
    assertThat(rowsRead("generation") - rowsRead).isBetween(16L, 40L);
  }

  private void writeAndHold(UUID generation, int from) {
    for (int i = from; i < from + 8; i++) {
      await(write(piece(generation, i, 1)));
      await(oneConnection.inTransaction(tx -> store.hold(tx, new Guard(generation, HUB, 1))));
    }
  }

  /** By this store's connection and all that have ended. */
  private long rowsRead(String table) {
    await(oneConnection.read(tx -> tx.sql().query("SELECT pg_stat_force_next_flush()").execute()));
    return Long.parseLong(
      data.database.value(
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = '" +
        table +
        "'"
      )
    );
  }
}
