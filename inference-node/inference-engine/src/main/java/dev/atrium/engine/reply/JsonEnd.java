package dev.atrium.engine.reply;

/** Finds where the JSON object or list ends that a growing text begins with. */
final class JsonEnd {

  private int at;
  private int depth;
  private boolean inString;
  private boolean escaped;

  /**
   * @param text as before, or longer
   * @return one past the end, or -1 if it is not there yet
   */
  int find(CharSequence text) {
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (inString) {
        boolean ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        inString = !ends;
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth <= 0) {
        return ++at;
      }
    }
    return -1;
  }
}
