package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.inference.EngineRef;
import dev.atrium.hub.inference.InferenceClient;
import dev.atrium.hub.inference.NodeDirectory;
import dev.atrium.inference.api.AnswerOptions;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.OutputFormat;
import dev.atrium.inference.api.PrepareReply;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.PromptMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Finds an engine that takes a prompt, and the part of the history that fits it: whole turns are
 * left out, the oldest first, until what remains leaves room for an answer. Blocks a virtual thread.
 */
final class Placer {

  /** Longest answer that is asked for, in tokens; the context may allow less. */
  private static final int WANTED_TOKENS = 1_024;

  /** An answer should have this much room, in tokens, before old turns are kept. */
  private static final int ROOM_TOKENS = 256;

  private static final int MOST_TRIES = 24;

  /** Thoughts and calls of tools are to be told apart. */
  private static final AnswerOptions APART = new AnswerOptions(
    OutputFormat.TEXT,
    Optional.empty(),
    Optional.empty(),
    true
  );

  private final NodeDirectory nodes;
  private final InferenceClient client;

  Placer(NodeDirectory nodes, InferenceClient client) {
    this.nodes = nodes;
    this.client = client;
  }

  /**
   * Asks engines until one takes it.
   *
   * @param messages oldest first, the prompt last; behind those that are published user and assistant by
   *     turns
   * @param published how many of the first messages are the same for everybody; they stay
   * @param revision if present, only engines of this revision, and nothing may be left out
   * @throws AtriumException {@code no_node}, {@code overloaded}, {@code context_full} or {@code
   *     template_error}
   */
  Placement place(
    UUID generationId,
    int attempt,
    String model,
    List<PromptMessage> messages,
    int published,
    Optional<String> preferredNode,
    Optional<String> revision
  ) {
    Set<String> refused = new HashSet<>();
    ErrorCode refusal = ErrorCode.NO_NODE;
    List<PromptMessage> kept = messages;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Optional<EngineRef> engine = nodes.choose(model, preferredNode, revision, refused);
      if (engine.isEmpty()) {
        break;
      }
      PrepareRequest request = new PrepareRequest(
        generationId.toString(),
        attempt,
        kept,
        published,
        WANTED_TOKENS,
        APART
      );
      boolean mayTrim = revision.isEmpty() && kept.size() > published + 1;
      switch (await(client.prepare(engine.get().address(), request))) {
        case PrepareReply.Prepared p when mayTrim && isTight(p) -> kept = trimmed(
          kept,
          published,
          p.promptTokens(),
          p.contextLength()
        );
        case PrepareReply.Prepared p -> {
          return new Placement(
            engine.get(),
            kept,
            (messages.size() - kept.size() + 1) / 2,
            p.promptTokens(),
            p.maxNewTokens(),
            p.revision()
          );
        }
        case PrepareReply.Refused(InferenceError e) when (
          mayTrim && e.code().equals(InferenceError.CONTEXT_FULL)
        ) -> kept = trimmed(
          kept,
          published,
          number(e.args(), "promptTokens"),
          number(e.args(), "contextLength")
        );
        case PrepareReply.Refused(InferenceError e) -> {
          throwIfFinal(e);
          refused.add(engine.get().nodeId());
          if (e.code().equals(InferenceError.OVERLOADED)) {
            refusal = ErrorCode.OVERLOADED;
          }
        }
      }
    }
    throw new AtriumException(refusal);
  }

  private static List<PromptMessage> trimmed(
    List<PromptMessage> messages,
    int published,
    int promptTokens,
    int contextLength
  ) {
    List<PromptMessage> turns = messages.subList(published, messages.size());
    return History.of(
      messages.subList(0, published),
      withoutOldest(turns, promptTokens, contextLength)
    ).all();
  }

  private static boolean isTight(PrepareReply.Prepared p) {
    return p.maxNewTokens() < Math.min(ROOM_TOKENS, p.contextLength() / 4);
  }

  /** What no other node of the same model would do better. */
  private static void throwIfFinal(InferenceError e) {
    switch (e.code()) {
      case InferenceError.CONTEXT_FULL -> throw new AtriumException(
        ErrorCode.CONTEXT_FULL,
        e.args()
      );
      case InferenceError.TEMPLATE_ERROR -> throw new AtriumException(
        ErrorCode.TEMPLATE_ERROR,
        e.args()
      );
      case InferenceError.BAD_REQUEST -> throw new AtriumException(ErrorCode.BAD_FIELD, e.args());
      default -> {
        // another node may take it
      }
    }
  }

  /**
   * Drops at least one turn, and as many as the counted excess suggests by their share of the
   * characters, so that a long history takes few rounds. What is left begins with a user's message.
   */
  static List<PromptMessage> withoutOldest(
    List<PromptMessage> messages,
    int promptTokens,
    int contextLength
  ) {
    long chars = 0;
    for (PromptMessage m : messages) {
      chars += m.content().length();
    }
    int room = contextLength - Math.min(ROOM_TOKENS, contextLength / 4);
    double excess = promptTokens <= 0
      ? 0
      : Math.max(0, promptTokens - room) / (double) promptTokens;
    long toDrop = (long) (chars * excess);
    int from = 0;
    long dropped = 0;
    do {
      dropped += messages.get(from++).content().length();
    } while (
      from < messages.size() - 1 && (dropped < toDrop || !messages.get(from).role().equals("user"))
    );
    return messages.subList(from, messages.size());
  }

  private static int number(Map<String, Object> args, String name) {
    return args.get(name) instanceof Number n ? n.intValue() : 0;
  }
}
