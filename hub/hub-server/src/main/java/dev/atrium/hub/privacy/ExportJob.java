package dev.atrium.hub.privacy;

import static io.vertx.core.Future.await;

import dev.atrium.api.FileView;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.Archive;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.Passage;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.JobRefusedException;
import dev.atrium.hub.jobs.RunningJob;
import dev.atrium.hub.share.ShareArchive;
import dev.atrium.keys.ExportBox;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Exports everything about a person: every row that refers to them, their chats and shares decrypted,
 * and their audit records, as lines of JSON {@code {"file": name, "row": {…}}}. The lines come in parts,
 * encrypted to the key of whoever asked.
 */
final class ExportJob implements Job {

  private static final int PAGE = 200;
  private static final int PART_BYTES = 512 * 1024;

  private final Db db;
  private final PgPrivacy store;
  private final Archive archive;
  private final ShareArchive shares;
  private final AuditTrail audit;

  ExportJob(Db db, Archive archive, ShareArchive shares, AuditTrail audit) {
    this.db = db;
    this.store = new PgPrivacy(db);
    this.archive = archive;
    this.shares = shares;
    this.audit = audit;
  }

  @Override
  public JsonObject run(RunningJob job) {
    String receiver = job.args().getString("receiver");
    if (receiver == null) {
      throw new JobRefusedException("nobody is named who may open the export");
    }
    UUID user = job.subject();
    tables(job, user, await(store.subjectColumns()));
    audit(job, user);
    conversations(job, user);
    shares(job, user);
    AuditEvent event = AuditEvent.ok(AuditEvent.Actor.system(), "user.export")
      .target("user", user)
      .details(Map.of("job", job.id().toString(), "rows", job.state().getLong("rows", 0L)));
    await(db.inTransaction(tx -> audit.append(tx, event)));
    return new JsonObject()
      .put("parts", job.state().getInteger("parts", 0))
      .put("rows", job.state().getLong("rows", 0L));
  }

  private void tables(RunningJob job, UUID user, List<PgPrivacy.SubjectColumn> columns) {
    JsonObject state = job.state();
    for (int i = state.getInteger("column", 0); i < columns.size(); i++) {
      PgPrivacy.SubjectColumn column = columns.get(i);
      String file = column.column().equals("id")
        ? column.table()
        : column.table() + "." + column.column();
      List<JsonObject> page;
      do {
        long offset = state.getLong("offset", 0L);
        page = await(store.subjectPage(user, column, offset, PAGE));
        state.put("offset", offset + page.size());
        keep(job, column.table(), lines(file, page));
      } while (page.size() == PAGE);
      state.put("column", i + 1).put("offset", 0L);
    }
  }

  private void audit(RunningJob job, UUID user) {
    List<JsonObject> page;
    do {
      page = await(store.auditPage(user, job.state().getLong("audit", 0L), PAGE));
      if (!page.isEmpty()) {
        job.state().put("audit", page.getLast().getLong("id"));
        keep(job, "audit", lines("audit", page));
      }
    } while (page.size() == PAGE);
  }

  private void conversations(RunningJob job, UUID user) {
    List<Archive.Entry> page;
    do {
      Optional<UUID> after = Optional.ofNullable(job.state().getString("conversation")).map(
        UUID::fromString
      );
      page = await(archive.list(user, after, 20));
      page.forEach(entry -> conversation(job, user, entry));
    } while (!page.isEmpty());
  }

  /** The files of a message at a time, so that no more is in memory; a repeat goes on behind the last. */
  private void conversation(RunningJob job, UUID user, Archive.Entry entry) {
    JsonObject state = job.state();
    String id = entry.id().toString();
    List<ConversationDetail.Message> messages = await(archive.messages(user, entry.id()));
    List<ConversationDetail.Message> withFiles = new ArrayList<>(messages);
    withFiles.removeIf(m -> m.files().isEmpty());
    if (!id.equals(state.getString("filesOf"))) {
      List<byte[]> lines = lines("conversations", List.of(conversation(entry)));
      lines.addAll(
        lines(
          "messages",
          messages
            .stream()
            .map(m -> message(entry.id(), m))
            .toList()
        )
      );
      state.put(withFiles.isEmpty() ? "conversation" : "filesOf", id).put("files", 0);
      keep(job, "conversations", lines);
    }
    for (int i = state.getInteger("files", 0); i < withFiles.size(); i++) {
      state.put("files", i + 1);
      keep(job, "conversations", lines("files", files(user, entry.id(), withFiles.get(i))));
    }
    state.put("conversation", id);
  }

  private static JsonObject conversation(Archive.Entry entry) {
    return new JsonObject()
      .put("id", entry.id().toString())
      .put("title", entry.title())
      .put("created_at", entry.createdAt().toString())
      .put("updated_at", entry.updatedAt().toString())
      .put("deleted_at", entry.deletedAt().map(Instant::toString).orElse(null));
  }

  private static JsonObject message(UUID conversation, ConversationDetail.Message m) {
    JsonObject row = new JsonObject()
      .put("id", m.id().toString())
      .put("conversation_id", conversation.toString())
      .put("parent_id", m.parentId().map(UUID::toString).orElse(null))
      .put("role", m.role())
      .put("status", m.status().code())
      .put("model", m.model().orElse(null))
      .put("created_at", m.createdAt().toString())
      .put("text", m.text());
    if (m.hasOtherParts()) {
      row.put("parts", Passage.json(m.parts()));
    }
    return row;
  }

  private List<JsonObject> files(UUID user, UUID conversation, ConversationDetail.Message m) {
    List<UUID> ids = m.files().stream().map(FileView::id).toList();
    Map<UUID, FileText> texts = await(archive.files(user, conversation, ids));
    return m
      .files()
      .stream()
      .map(file ->
        new JsonObject()
          .put("id", file.id().toString())
          .put("message_id", m.id().toString())
          .put("conversation_id", conversation.toString())
          .put("name", file.name())
          .put("bytes", file.bytes())
          .put("text", texts.get(file.id()).text())
      )
      .toList();
  }

  private void shares(RunningJob job, UUID user) {
    List<ShareArchive.Entry> page;
    do {
      Optional<UUID> after = Optional.ofNullable(job.state().getString("share")).map(
        UUID::fromString
      );
      page = await(shares.list(user, after, 5));
      for (ShareArchive.Entry entry : page) {
        String id = entry.share().id().toString();
        List<JsonObject> rows = new ArrayList<>();
        entry.messages().forEach(m -> rows.add(m.toJson().put("share_id", id)));
        List<byte[]> lines = lines("shares", List.of(share(entry)));
        lines.addAll(lines("shared_messages", rows));
        job.state().put("share", id);
        keep(job, "shares", lines);
      }
    } while (!page.isEmpty());
  }

  private static JsonObject share(ShareArchive.Entry entry) {
    return new JsonObject()
      .put("id", entry.share().id().toString())
      .put("address", entry.share().address().reveal())
      .put("conversation_id", entry.share().conversationId().toString())
      .put("title", entry.share().title())
      .put("created_at", entry.share().createdAt().toString())
      .put("expires_at", entry.share().expiresAt().toString())
      .put("ended_at", entry.endedAt().map(Instant::toString).orElse(null));
  }

  private static List<byte[]> lines(String file, List<JsonObject> rows) {
    List<byte[]> lines = new ArrayList<>();
    for (JsonObject row : rows) {
      String line = new JsonObject().put("file", file).put("row", row).encode() + "\n";
      lines.add(line.getBytes(StandardCharsets.UTF_8));
    }
    return lines;
  }

  /** The parts and how far the job is are one transaction, so that a repeat leaves out and doubles nothing. */
  private void keep(RunningJob job, String step, List<byte[]> lines) {
    JsonObject state = job.state();
    int first = state.getInteger("parts", 0);
    List<byte[]> parts = parts(lines);
    state.put("parts", first + parts.size()).put("rows", state.getLong("rows", 0L) + lines.size());
    String receiver = job.args().getString("receiver");
    await(
      db.inTransaction(tx -> {
        Future<Void> all = Future.succeededFuture();
        for (int i = 0; i < parts.size(); i++) {
          int ordinal = first + i;
          byte[] sealed = ExportBox.seal(receiver, parts.get(i), job.id() + "/" + ordinal);
          all = all.compose(_ -> store.addPart(tx, job.id(), ordinal, sealed));
        }
        return all.compose(_ -> job.save(tx, step, state.getLong("rows"), Optional.empty()));
      })
    );
  }

  private static List<byte[]> parts(List<byte[]> lines) {
    List<byte[]> parts = new ArrayList<>();
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    for (byte[] line : lines) {
      part.writeBytes(line);
      if (part.size() >= PART_BYTES) {
        parts.add(part.toByteArray());
        part.reset();
      }
    }
    if (part.size() > 0) {
      parts.add(part.toByteArray());
    }
    return parts;
  }
}
