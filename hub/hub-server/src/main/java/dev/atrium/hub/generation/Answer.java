package dev.atrium.hub.generation;

import dev.atrium.api.ErrorBody;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame;
import dev.atrium.api.HubFrame.Part;
import dev.atrium.hub.conversation.Passage;
import dev.atrium.hub.conversation.Runs;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.policy.sensitive.Pseudonyms;
import dev.atrium.policy.sensitive.Restorer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The text of one answer as it was shown, and who reads along. Here a model's text becomes an answer:
 * pseudonyms are put back before anything is shown, stored or counted, and thoughts and calls of tools
 * are told apart from what is said. Positions are code points of all parts, assigned here and nowhere
 * else. Confined to the conductor's context; bounded by the longest answer.
 */
final class Answer {

  private static final int CHOICE = 0;

  private final UUID generationId;
  private final int epoch;
  private final StringBuilder text = new StringBuilder();
  private final List<Integer> tokenIds = new ArrayList<>();
  private final Pseudonyms pseudonyms;
  private final Runs runs = new Runs();
  private Restorer restorer;
  private final Map<UUID, Follower> followers = new LinkedHashMap<>();
  private final Map<UUID, Waiting> waiting = new LinkedHashMap<>();
  private int length;
  private HubFrame state;
  private boolean stored = true;
  private boolean settled = true;
  private Optional<Restart> restart = Optional.empty();

  /** Somebody who holds more than is here: it comes again from the node, or never will. */
  private record Waiting(Follower follower, int epoch, int position) {}

  Answer(UUID generationId, int epoch, Pseudonyms pseudonyms) {
    this.generationId = generationId;
    this.epoch = epoch;
    this.pseudonyms = pseudonyms;
    this.restorer = new Restorer(pseudonyms);
  }

  /**
   * One that another hub began. Until {@link #settle}, readers who were shown more than was stored
   * are kept waiting, since the node most likely has it still.
   */
  static Answer adopted(
    Guard guard,
    StoredAnswer stored,
    Pseudonyms pseudonyms,
    Optional<Restart> restart
  ) {
    Answer answer = new Answer(guard.generationId(), guard.epoch(), pseudonyms);
    answer.text.append(stored.text());
    answer.runs.addAll(stored.runs());
    answer.length = stored.position();
    answer.restore(stored.held());
    answer.tokenIds.addAll(stored.tokenIds());
    answer.restart = restart;
    answer.settled = false;
    return answer;
  }

  /** Code points shown so far. */
  int length() {
    return length;
  }

  /** UTF-16 units shown so far. */
  int chars() {
    return text.length();
  }

  /** The text from a UTF-16 index on. */
  String textFrom(int index) {
    return text.substring(index);
  }

  /** What the text from a position on is made of, and what comes next. */
  Runs runsFrom(int position) {
    return runs.from(position);
  }

  /** The ids of all tokens whose text was shown or is held back. */
  List<Integer> tokenIds() {
    return tokenIds;
  }

  /** What the model wrote and is not shown yet, since it may become a pseudonym. */
  String held() {
    return restorer.held();
  }

  /** What of that is to be shown if nothing more comes. */
  String rest() {
    return restorer.rest();
  }

  /**
   * Nothing more comes of this attempt: tokens that are neither shown nor stored are dropped, and
   * written again by the next.
   *
   * @param ids how many are stored; what was shown must be
   * @param held what is stored as held back
   * @param part what that is, and what comes next
   * @return how many were dropped
   */
  int backTo(int ids, String held, Part part) {
    int dropped = tokenIds.size() - ids;
    tokenIds.subList(ids, tokenIds.size()).clear();
    runs.begin(part);
    restore(held);
    return dropped;
  }

  /** Goes on in the middle of the part that is on. */
  private void restore(String held) {
    int from = text.offsetByCodePoints(text.length(), -runs.lastLength());
    restorer = new Restorer(pseudonyms, text.substring(from), held);
  }

  /**
   * Takes what the model wrote, and shows what of it can be shown. Ids may come without text, when the
   * text is still half a character.
   *
   * @param parts the same taken apart, as far as that is certain; if it is not, all of it is answer
   */
  void append(String written, List<Integer> ids, Optional<List<AnswerPart>> parts) {
    tokenIds.addAll(ids);
    if (parts.isEmpty()) {
      write(Part.ANSWER, written);
      return;
    }
    for (AnswerPart each : parts.get()) {
      switch (each) {
        case AnswerPart.Answer(String said) -> write(Part.ANSWER, said);
        case AnswerPart.Thought(String thought) -> write(Part.THOUGHT, thought);
        case AnswerPart.ToolCall(String name, String arguments) -> {
          write(
            Part.TOOL_CALL,
            new JsonObject().put("name", name).put("arguments", arguments).encode()
          );
          endPart();
        }
      }
    }
  }

  private void write(Part part, String written) {
    if (part != runs.part() || part == Part.TOOL_CALL) {
      endPart();
      runs.begin(part);
    }
    show(restorer.read(written));
  }

  /** What was held back can't become a pseudonym any more. */
  private void endPart() {
    show(restorer.rest());
    restorer = new Restorer(pseudonyms);
  }

  /** Shows what was held back to the end, once that is stored. */
  void end(String rest) {
    restorer.backTo("");
    show(rest);
  }

  private void show(String more) {
    if (more.isEmpty()) {
      return;
    }
    int from = length;
    int added = more.codePointCount(0, more.length());
    text.append(more);
    runs.extend(added);
    length += added;
    tell(new HubFrame.Delta(generationId, epoch, CHOICE, from, runs.part(), more));
    if (!waiting.isEmpty()) {
      attachWhoWaitedForThis();
    }
  }

  private void attachWhoWaitedForThis() {
    List.copyOf(waiting.values())
      .stream()
      .filter(w -> w.position <= kept(w.epoch))
      .forEach(this::attach);
  }

  /** Whether all that was shown is stored; told when it changes. */
  void stored(boolean all) {
    if (stored != all) {
      stored = all;
      tell(new HubFrame.Storing(generationId, epoch, all));
    }
  }

  /** What older readers hold beyond what is here is lost: hub and node went together. */
  Restart restart() {
    Restart now = restart.map(r -> r.and(epoch, length)).orElse(new Restart(epoch, length));
    restart = Optional.of(now);
    return now;
  }

  /** Nothing more comes that was shown before: who still waits is told to cut back. */
  void settle() {
    settled = true;
    List.copyOf(waiting.values()).forEach(this::attach);
  }

  private int kept(int readerEpoch) {
    return restart.map(r -> r.kept(readerEpoch, length)).orElse(length);
  }

  /** Tells every follower how far it is; a later follower is told the same first. */
  void state(HubFrame frame) {
    state = frame;
    tell(frame);
  }

  /** Tells every follower. */
  void tell(HubFrame frame) {
    followers.values().forEach(f -> f.send(frame));
  }

  /** Tells every follower, each in their language, that it ended by an error. */
  void fail(ErrorCode code, Map<String, Object> args) {
    followers
      .values()
      .forEach(f ->
        f.send(new HubFrame.Failed(generationId, epoch, ErrorBody.of(code, args, f.locale())))
      );
  }

  /** Adds somebody who has seen nothing yet. */
  void follow(Follower follower) {
    followers.put(follower.id(), follower);
  }

  /** Removes a follower; one that is not there is not an error. */
  void unfollow(UUID followerId) {
    followers.remove(followerId);
    waiting.remove(followerId);
  }

  /** Everybody who reads along or waits to. */
  List<Follower> followers() {
    List<Follower> all = new ArrayList<>(followers.values());
    waiting.values().forEach(w -> all.add(w.follower));
    return all;
  }

  /**
   * Adds somebody who holds {@code position} code points of the given epoch, and sends only what is
   * missing. Who holds more than was ever stored is told to cut back.
   */
  void resume(Follower follower, int readerEpoch, int position) {
    Waiting reader = new Waiting(follower, readerEpoch, position);
    boolean mayComeAgain = !settled && readerEpoch < epoch;
    if (position > kept(readerEpoch) && mayComeAgain) {
      waiting.put(follower.id(), reader);
      if (state != null) {
        follower.send(state);
      }
    } else {
      attach(reader);
    }
  }

  /** A text from a position on, a frame for each of its parts. */
  static List<HubFrame> deltas(UUID generationId, int epoch, int from, String text, Runs runs) {
    List<HubFrame> deltas = new ArrayList<>();
    int at = from;
    for (Passage passage : Passage.of(text, runs)) {
      deltas.add(
        new HubFrame.Delta(generationId, epoch, CHOICE, at, passage.part(), passage.text())
      );
      at += passage.codePoints();
    }
    return deltas;
  }

  private void attach(Waiting reader) {
    Follower follower = reader.follower;
    int kept = kept(reader.epoch);
    boolean rewind = reader.position > kept;
    int from = rewind ? kept : reader.position;
    HubFrame.Mode mode = rewind ? HubFrame.Mode.REWIND : HubFrame.Mode.CONTINUE;
    waiting.remove(follower.id());
    follower.send(new HubFrame.Resumed(generationId, epoch, mode, from));
    if (from < length) {
      String missing = text.substring(text.offsetByCodePoints(0, from));
      deltas(generationId, epoch, from, missing, runs.from(from)).forEach(follower::send);
    }
    // After the text: a delta ends a client's "recovering", a resumed stream forgets everything.
    if (state != null) {
      follower.send(state);
    }
    if (!stored) {
      follower.send(new HubFrame.Storing(generationId, epoch, false));
    }
    follow(follower);
  }
}
