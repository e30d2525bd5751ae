package dev.atrium.hub.conversation;

import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Conversations and their messages. Whatever is not there, deleted, or somebody else's fails with
 * {@code NOT_FOUND}, the three alike.
 */
public interface ConversationStore {
  /** Over the tables of this hub's database. */
  static ConversationStore create(Db db, DataKeys keys) {
    return new PgConversationStore(db, keys);
  }

  /** Makes sure that somebody's messages can be encrypted; to be asked before {@link #savePrompt}. */
  Future<Void> prepare(UUID userId);

  /**
   * Saves a prompt and a pending answer to it, in a new conversation or below a message of one.
   * Fails with {@code GENERATION_BUSY} if an answer is being written there.
   */
  Future<SavedPrompt> savePrompt(Tx tx, NewPrompt prompt);

  /** Saves a pending answer beside another. Fails as {@link #savePrompt} does. */
  Future<SavedPrompt> saveRetry(Tx tx, NewRetry retry);

  /**
   * The turns from the root down to a user's message. Answers that failed, were interrupted or are
   * still being written are left out.
   */
  Future<List<Turn>> history(UUID userId, UUID userMessageId);

  /** The same, down to any message; nothing if there is no such message of this user. */
  Future<List<Turn>> earlier(UUID userId, UUID messageId);

  /** The same, down to what a message of this user follows. */
  Future<List<Turn>> before(UUID userId, UUID messageId);

  /**
   * What these files of a conversation hold, by id. Fails with {@code NOT_FOUND} if one of them is not
   * there, of another conversation, or somebody else's.
   */
  Future<Map<UUID, FileText>> files(UUID userId, UUID conversationId, Collection<UUID> fileIds);

  /** Keeps what the model sees in place of what, for an answer that is to come. Once an answer. */
  Future<Void> keepPseudonyms(
    Tx tx,
    UUID userId,
    UUID conversationId,
    UUID answerId,
    Pseudonyms pseudonyms
  );

  /** What the model sees in place of what in an answer; {@link Pseudonyms#NONE} mostly. */
  Future<Pseudonyms> pseudonyms(UUID userId, UUID answerId);

  /** Notes that the writer of these messages has said that such data in them may be sent. */
  Future<Void> confirm(Tx tx, UUID conversationId, Collection<UUID> messageIds, Set<Kind> kinds);

  /** The latest conversations first. A cursor that is none of ours fails with {@code BAD_FIELD}. */
  Future<Page<ConversationSummary>> list(UUID userId, Optional<String> before, int limit);

  /** A conversation with its messages, and with what is stored of a running answer. */
  Future<ConversationDetail> read(UUID userId, UUID conversationId);

  /** A conversation's title. */
  Future<String> title(UUID userId, UUID conversationId);

  /** Gives a new title, 1 to 200 characters once stripped; otherwise {@code BAD_FIELD}. */
  Future<ConversationSummary> rename(UUID userId, UUID conversationId, String title);

  /**
   * Deletes a conversation: at once it is not found any more, the rows go by retention.
   *
   * @return the generation that is still being written in it, for the caller to stop
   */
  Future<Optional<UUID>> delete(UUID userId, UUID conversationId);

  /** Notes that an answer is being written now, and by which node. */
  Future<Void> startAnswer(Tx tx, UUID generationId, String nodeId);

  /**
   * Encrypts pieces of answers, for whoever writes them together with what guards them. A key that is
   * not in memory is read, or made, in a transaction of its own, committed before this completes.
   */
  Future<List<SealedChunk>> sealAnswers(List<AnswerChunk> chunks);

  /**
   * Adds pieces to answers, at most one to each. Each must begin where the stored text ends; otherwise
   * the future fails with {@code INTERNAL} and the transaction must not be committed. Guarding by
   * owner and epoch is the caller's.
   */
  Future<Void> appendAnswers(Tx tx, List<AnswerChunk> chunks);

  /** Ends an answer: its pieces become one message part. Repeating it changes nothing. */
  Future<Void> finishAnswer(
    Tx tx,
    UUID generationId,
    MessageStatus status,
    Optional<MessageError> error
  );

  /** What is stored of an answer by now. */
  Future<StoredAnswer> answer(UUID userId, UUID generationId);
}
