package dev.atrium.inference;

import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.inference.api.AnswerPart;
import java.util.ArrayList;
import java.util.List;

/** The parts of an answer that wait for the next delta; pieces of one part become one. */
final class Parts {

  private final List<AnswerPart> gathered = new ArrayList<>();

  void add(ReplyPart part) {
    AnswerPart last = gathered.isEmpty() ? null : gathered.getLast();
    switch (part) {
      case ReplyPart.Thought(String more) when (
        last instanceof AnswerPart.Thought(String text)
      ) -> replace(new AnswerPart.Thought(text + more));
      case ReplyPart.Answer(String more) when (
        last instanceof AnswerPart.Answer(String text)
      ) -> replace(new AnswerPart.Answer(text + more));
      case ReplyPart.Thought(String text) -> gathered.add(new AnswerPart.Thought(text));
      case ReplyPart.Answer(String text) -> gathered.add(new AnswerPart.Answer(text));
      case ReplyPart.ToolCall(String name, String arguments) -> gathered.add(
        new AnswerPart.ToolCall(name, arguments)
      );
    }
  }

  private void replace(AnswerPart part) {
    gathered.set(gathered.size() - 1, part);
  }

  boolean isEmpty() {
    return gathered.isEmpty();
  }

  List<AnswerPart> take() {
    List<AnswerPart> taken = List.copyOf(gathered);
    gathered.clear();
    return taken;
  }
}
