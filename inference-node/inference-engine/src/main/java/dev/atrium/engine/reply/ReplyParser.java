package dev.atrium.engine.reply;

import dev.atrium.engine.reply.ReplyFormat.Calls;
import dev.atrium.engine.reply.ReplyPart.Answer;
import dev.atrium.engine.reply.ReplyPart.Thought;
import dev.atrium.engine.reply.ReplyPart.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes one answer apart as its text comes, however that is cut. What might become a mark is held
 * back, and a call until it is whole; everything else comes at once. Space around marks is dropped.
 * What looks like a call and is none is part of the answer, to the letter, so that nothing is lost.
 *
 * <p>Not thread-safe; one a sequence.
 */
public final class ReplyParser {

  /** A call that is longer is none. */
  private static final int MOST = 50_000;

  private enum State {
    /** Nothing but space was there. */
    START,
    THOUGHT,
    ANSWER,
    /** In a call, after its mark. */
    CALL,
  }

  private final ReplyFormat format;
  private final StringBuilder held = new StringBuilder();
  private List<ReplyPart> parts = new ArrayList<>();
  private State state;
  private boolean thinks;
  private boolean calls;
  private boolean skipsSpace;
  /** Llama divides several calls by semicolons. */
  private boolean divides;
  /** The mark that opened the call. */
  private String mark = "";
  private JsonEnd end = new JsonEnd();

  public ReplyParser(ReplyFormat format) {
    this.format = format;
    this.thinks = format.thinks();
    this.calls = format.calls() != Calls.NONE;
    this.state = State.START;
    if (format.inThought()) {
      think();
    }
  }

  /** What became certain with this piece of text. */
  public List<ReplyPart> next(String piece) {
    held.append(piece);
    while (advance()) {
      // Each state says whether another has something to do now.
    }
    return taken();
  }

  /** Ends the answer: what was held back is what it looks like now. */
  public List<ReplyPart> end() {
    switch (state) {
      case THOUGHT -> thought(held.toString().stripTrailing());
      case CALL -> answer(mark + held);
      default -> answer(held.toString());
    }
    held.setLength(0);
    return taken();
  }

  private List<ReplyPart> taken() {
    List<ReplyPart> taken = parts;
    parts = new ArrayList<>();
    return taken;
  }

  private boolean advance() {
    if (skipsSpace) {
      held.delete(0, skipped());
      if (held.isEmpty()) {
        return false;
      }
      skipsSpace = false;
    }
    return switch (state) {
      case START -> start();
      case THOUGHT -> inThought();
      case ANSWER -> inAnswer();
      case CALL -> inCall();
    };
  }

  private int space() {
    int n = 0;
    while (n < held.length() && isSpace(n)) {
      n++;
    }
    return n;
  }

  private int skipped() {
    int n = 0;
    while (n < held.length() && (isSpace(n) || (divides && held.charAt(n) == ';'))) {
      n++;
    }
    return n;
  }

  private boolean isSpace(int index) {
    return Character.isWhitespace(held.charAt(index));
  }

  private boolean start() {
    int space = space();
    String rest = held.substring(space);
    if (rest.isEmpty()) {
      return false;
    }
    boolean bare = calls && format.calls() == Calls.BARE;
    if (thinks && rest.startsWith(ReplyFormat.THINK)) {
      held.delete(0, space + ReplyFormat.THINK.length());
      think();
      return true;
    }
    if (bare && rest.startsWith(ReplyFormat.PYTHON)) {
      held.delete(0, space);
      call(ReplyFormat.PYTHON);
      return true;
    }
    if (bare && rest.startsWith("{")) {
      held.delete(0, space);
      call("");
      return true;
    }
    boolean open =
      (thinks && ReplyFormat.THINK.startsWith(rest)) ||
      (bare && ReplyFormat.PYTHON.startsWith(rest));
    if (!open) {
      state = State.ANSWER;
    }
    return !open;
  }

  private void think() {
    state = State.THOUGHT;
    thinks = false;
    skipsSpace = true;
  }

  private void call(String opened) {
    mark = opened;
    held.delete(0, opened.length());
    state = State.CALL;
    end = new JsonEnd();
  }

  private boolean inThought() {
    int at = held.indexOf(ReplyFormat.THOUGHT);
    if (at < 0) {
      thought(certain(ReplyFormat.THOUGHT));
      return false;
    }
    thought(held.substring(0, at).stripTrailing());
    held.delete(0, at + ReplyFormat.THOUGHT.length());
    state = State.START;
    skipsSpace = true;
    return true;
  }

  private boolean inAnswer() {
    String opening = format.calls() == Calls.LISTED ? ReplyFormat.LIST : ReplyFormat.CALL;
    if (!calls || format.calls() == Calls.BARE) {
      answer(held.toString());
      held.setLength(0);
      return false;
    }
    int at = held.indexOf(opening);
    if (at < 0) {
      answer(certain(opening));
      return false;
    }
    answer(held.substring(0, at).stripTrailing());
    held.delete(0, at);
    call(opening);
    return true;
  }

  /** Takes out what comes before the space and the beginning of a mark that the text may end with. */
  private String certain(String next) {
    int keep = held.length();
    for (int n = Math.min(next.length() - 1, held.length()); n >= 0; n--) {
      if (next.startsWith(held.substring(held.length() - n))) {
        keep = held.length() - n;
        break;
      }
    }
    while (keep > 0 && isSpace(keep - 1)) {
      keep--;
    }
    String text = held.substring(0, keep);
    held.delete(0, keep);
    return text;
  }

  private boolean inCall() {
    if (held.length() > MOST) {
      return noCall(held.length());
    }
    return switch (format.calls()) {
      case TAGGED -> tagged();
      case LISTED -> listed();
      case BARE -> bare();
      case NONE -> throw new IllegalStateException("a call without marks");
    };
  }

  private boolean tagged() {
    int at = held.indexOf(ReplyFormat.CALLED);
    if (at < 0) {
      return false;
    }
    int after = at + ReplyFormat.CALLED.length();
    return called(ToolCalls.read(held.substring(0, at)), after, after);
  }

  private boolean listed() {
    int from = space();
    if (from == held.length()) {
      return false;
    }
    if (held.charAt(from) == '[') {
      int to = end.find(held);
      return to >= 0 && called(ToolCalls.read(held.substring(0, to)), to, to);
    }
    int object = held.indexOf("{");
    if (object < 0) {
      return false;
    }
    int length = new JsonEnd().find(held.substring(object));
    if (length < 0) {
      return false;
    }
    int to = object + length;
    String name = held.substring(0, object).strip();
    if (name.endsWith(ReplyFormat.ARGUMENTS)) {
      name = name.substring(0, name.length() - ReplyFormat.ARGUMENTS.length());
    }
    Optional<ToolCall> call = ToolCalls.read(name, held.substring(object, to));
    return called(call.map(List::of), to, to);
  }

  private boolean bare() {
    if (held.isEmpty() || (held.charAt(0) != '{' && held.charAt(0) != '[')) {
      return !held.isEmpty() && noCall(0);
    }
    int to = end.find(held);
    if (to < 0) {
      return false;
    }
    return called(ToolCalls.read(held.substring(0, to)), to, to);
  }

  private boolean called(Optional<List<ToolCall>> read, int to, int otherwise) {
    if (read.isEmpty()) {
      return noCall(otherwise);
    }
    parts.addAll(read.get());
    held.delete(0, to);
    divides = format.calls() == Calls.BARE;
    mark = "";
    state = State.START;
    skipsSpace = true;
    return true;
  }

  /** It was part of the answer after all, with its mark. */
  private boolean noCall(int length) {
    answer(mark + held.substring(0, length));
    held.delete(0, length);
    mark = "";
    state = State.ANSWER;
    calls &= format.calls() != Calls.BARE;
    return true;
  }

  private void thought(String text) {
    if (!text.isEmpty()) {
      parts.add(new Thought(text));
    }
  }

  private void answer(String text) {
    if (!text.isEmpty()) {
      parts.add(new Answer(text));
    }
  }
}
