package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.List;

/** A text with what is to be found in it, written as {@code «kind:text»}. */
record Marked(String text, List<Finding> findings) {
  static Marked of(String marked) {
    StringBuilder text = new StringBuilder();
    List<Finding> findings = new ArrayList<>();
    int at = 0;
    for (int open = marked.indexOf('«'); open >= 0; open = marked.indexOf('«', at)) {
      int colon = marked.indexOf(':', open);
      int close = marked.indexOf('»', colon);
      text.append(marked, at, open);
      int start = text.length();
      text.append(marked, colon + 1, close);
      Kind kind = Kind.of(marked.substring(open + 1, colon)).orElseThrow();
      findings.add(new Finding(kind, start, text.length()));
      at = close + 1;
    }
    return new Marked(text.append(marked.substring(at)).toString(), List.copyOf(findings));
  }
}
