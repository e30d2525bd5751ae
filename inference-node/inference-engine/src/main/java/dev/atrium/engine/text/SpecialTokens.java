package dev.atrium.engine.text;

import dev.atrium.engine.text.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts a prompt at the control tokens that its trusted segments spell. What lies between two of
 * them is one run of text, whatever its segments were, so that the ids are those of the whole
 * prompt; a control token spelled wholly or partly by untrusted text is never recognised.
 */
final class SpecialTokens {

  /** Receives a prompt in order. */
  interface Sink {
    void text(String run, boolean first);

    void token(int id);
  }

  private final Map<Character, List<AddedToken>> byFirstChar = new HashMap<>();

  SpecialTokens(List<AddedToken> added) {
    added
      .stream()
      .filter(AddedToken::control)
      .sorted(Comparator.comparingInt((AddedToken t) -> t.content().length()).reversed())
      .forEach(t ->
        byFirstChar.computeIfAbsent(t.content().charAt(0), _ -> new ArrayList<>()).add(t)
      );
  }

  void cut(List<Segment> segments, Sink sink) {
    new Cut(sink).all(segments);
  }

  private AddedToken at(String text, int from) {
    for (AddedToken token : byFirstChar.getOrDefault(text.charAt(from), List.of())) {
      if (
        text.startsWith(token.content(), from) && (!token.singleWord() || alone(text, from, token))
      ) {
        return token;
      }
    }
    return null;
  }

  private static boolean alone(String text, int from, AddedToken token) {
    int end = from + token.content().length();
    return (
      (from == 0 || !wordChar(text.charAt(from - 1))) &&
      (end == text.length() || !wordChar(text.charAt(end)))
    );
  }

  private static boolean wordChar(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  /** One prompt in the course of being cut. */
  private final class Cut {

    private final Sink sink;
    private final StringBuilder run = new StringBuilder();
    private boolean first = true;
    private boolean swallowSpace;

    Cut(Sink sink) {
      this.sink = sink;
    }

    void all(List<Segment> segments) {
      for (Segment segment : segments) {
        if (segment.trusted()) {
          trusted(segment.text());
        } else {
          append(segment.text(), 0, segment.text().length());
        }
      }
      endRun();
    }

    private void trusted(String text) {
      int done = 0;
      for (int i = 0; i < text.length(); i++) {
        AddedToken token = at(text, i);
        if (token != null) {
          append(text, done, i);
          token(token);
          done = i + token.content().length();
          i = done - 1;
        }
      }
      append(text, done, text.length());
    }

    private void append(String text, int from, int to) {
      int start = from;
      while (swallowSpace && start < to && Character.isWhitespace(text.charAt(start))) {
        start++;
      }
      swallowSpace &= start == to;
      run.append(text, start, to);
    }

    private void token(AddedToken token) {
      if (token.lstrip()) {
        while (!run.isEmpty() && Character.isWhitespace(run.charAt(run.length() - 1))) {
          run.setLength(run.length() - 1);
        }
      }
      endRun();
      first = false;
      swallowSpace = token.rstrip();
      sink.token(token.id());
    }

    private void endRun() {
      if (!run.isEmpty()) {
        sink.text(run.toString(), first);
        run.setLength(0);
        first = false;
      }
    }
  }
}
