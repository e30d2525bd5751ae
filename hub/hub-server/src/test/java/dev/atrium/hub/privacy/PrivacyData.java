package dev.atrium.hub.privacy;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.admin.AdminMain;
import dev.atrium.hub.admission.Permissions;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.AnswerChunk;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.MessageStatus;
import dev.atrium.hub.conversation.NewPrompt;
import dev.atrium.hub.conversation.PgLegacyBodies;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.crypto.PgLegacyKeys;
import dev.atrium.hub.crypto.PgRewraps;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.JobRunner;
import dev.atrium.hub.share.Share;
import dev.atrium.hub.share.Shares;
import dev.atrium.hub.testing.HubData;
import dev.atrium.keys.MasterKeyset;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.sqlclient.Tuple;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Both databases, a file of master keys, somebody who does the jobs, and the operator's commands. */
final class PrivacyData implements AutoCloseable {

  final HubData data = new HubData();
  final Path folder;
  final Path masterFile;
  final AuditTrail audit = AuditTrail.create(data.vertx, data.db);
  final StringWriter out = new StringWriter();

  /** What one hub holds in its memory. */
  final class Hub {

    final MasterKey master = MasterKey.load(masterFile, Optional.empty());
    final PersonalKeys personal = PersonalKeys.create(data.keysDb, master);
    final DataKeys keys = DataKeys.create(personal);
    final ConversationStore store = ConversationStore.create(data.db, keys);
    final Shares shares = Shares.create(data.db, keys, store, Permissions.create(data.db), audit);

    /** Does jobs; a rotation waits only so long before it destroys what it replaced. */
    void work(Duration grace) {
      Map<String, Job> jobs = new HashMap<>(
        PrivacyJobs.create(data.vertx, data.db, master, personal, keys, audit).byKind()
      );
      PgRewraps rewraps = new PgRewraps(data.db, personal, master);
      PgLegacyBodies bodies = new PgLegacyBodies(data.db, keys);
      jobs.put(
        "rotate_personal",
        new RotatePersonalJob(data.vertx, data.db, personal, rewraps, bodies, audit, grace)
      );
      await(
        data.vertx.deployVerticle(
          new JobRunner(data.db, "worker", jobs),
          new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)
        )
      );
    }
  }

  PrivacyData(Path folder) throws Exception {
    this.folder = folder;
    this.masterFile = folder.resolve("master.key");
    MasterKeyset.random().write(masterFile, Optional.empty());
    await(PgLegacyKeys.open(data.db, new Hub().personal));
  }

  Hub hub() {
    return new Hub();
  }

  /** An operator's command; its exit code. */
  int admin(String... args) {
    PrintWriter writer = new PrintWriter(out, true);
    return AdminMain.run(
      args,
      Map.of(
        "ATRIUM_DATABASE_URL",
        data.database.url().reveal(),
        "ATRIUM_MASTER_KEY_FILE",
        masterFile.toString()
      ),
      writer,
      writer
    );
  }

  void ok(String... args) {
    assertThat(admin(args)).as("%s", out).isZero();
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  static String read(Path file) throws Exception {
    return Files.readString(file);
  }

  /** A prompt and a generation that begins to answer it. */
  Future<SavedPrompt> prompt(Hub hub, UUID user, String text, FileText... files) {
    var prompt = new NewPrompt(
      user,
      UUID.randomUUID(),
      Optional.empty(),
      Optional.empty(),
      "starter",
      text,
      List.of(files)
    );
    return data.db.inTransaction(tx ->
      hub.store
        .savePrompt(tx, prompt)
        .compose(saved ->
          tx
            .sql()
            .preparedQuery(
              """
              INSERT INTO generation (id, conversation_id, message_id, user_id, department_id, model, seed)
              VALUES ($1, $2, $3, $4, $5, 'starter', 1)"""
            )
            .execute(
              Tuple.of(
                saved.generationId(),
                saved.conversationId(),
                saved.answerId(),
                user,
                data.department()
              )
            )
            .map(saved)
        )
    );
  }

  Future<Void> append(Hub hub, UUID user, SavedPrompt saved, int from, String text) {
    var chunk = new AnswerChunk(
      saved.generationId(),
      user,
      saved.conversationId(),
      1,
      from,
      text,
      List.of(1),
      ""
    );
    return data.db.inTransaction(tx -> hub.store.appendAnswers(tx, List.of(chunk)));
  }

  Future<Void> finish(Hub hub, SavedPrompt saved) {
    return data.db.inTransaction(tx ->
      hub.store
        .finishAnswer(tx, saved.generationId(), MessageStatus.COMPLETE, Optional.empty())
        .compose(_ ->
          tx
            .sql()
            .preparedQuery(
              "UPDATE generation SET status = 'done', finished_at = now() WHERE id = $1"
            )
            .execute(Tuple.of(saved.generationId()))
            .mapEmpty()
        )
    );
  }

  /** A whole turn. */
  SavedPrompt chat(Hub hub, UUID user, String text, String answer, FileText... files) {
    SavedPrompt saved = await(prompt(hub, user, text, files));
    await(append(hub, user, saved, 0, answer));
    await(finish(hub, saved));
    return saved;
  }

  /** A whole turn, shared. */
  Share share(Hub hub, UUID user, SavedPrompt saved) {
    return await(
      hub.shares.make(
        new Shares.Party(user, "somebody", "127.0.0.1"),
        saved.conversationId(),
        saved.answerId(),
        30
      )
    );
  }

  @Override
  public void close() {
    await(audit.close());
    data.close();
  }
}
