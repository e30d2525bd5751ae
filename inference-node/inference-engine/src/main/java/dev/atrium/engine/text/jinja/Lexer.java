package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text and tags, and takes white space away where the tags ask for it: {@code
 * -} strips on its side, a block tag or comment alone on its line leaves no trace of the line
 * ({@code trim_blocks} and {@code lstrip_blocks}), {@code +} switches that off.
 */
final class Lexer {

  private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(?:-%}\\s*|%})");
  private static final Pattern END_RAW = Pattern.compile(
    "\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)"
  );

  private final Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int pos;
  private boolean lineStarts = true;

  private Lexer(Source source) {
    this.source = source;
    this.text = source.text;
  }

  static List<Token> tokens(String template) {
    Lexer lexer = new Lexer(new Source(template));
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    for (int tag = nextTag(0); tag >= 0; tag = nextTag(pos)) {
      char kind = text.charAt(tag + 1);
      char sign = signAt(tag + 2);
      data(pos, tag, kind != '{', sign);
      pos = tag + 2 + (sign == 0 ? 0 : 1);
      switch (kind) {
        case '#' -> comment(tag);
        case '{' -> tag(tag, true);
        default -> {
          Matcher raw = RAW.matcher(text).region(pos, text.length());
          if (raw.lookingAt()) {
            raw(tag, raw.end());
          } else {
            tag(tag, false);
          }
        }
      }
      lineStarts = text.charAt(pos - 1) == '\n';
    }
    data(pos, text.length(), false, (char) 0);
    tokens.add(new Token(Kind.END, "", source.at(text.length())));
  }

  private int nextTag(int from) {
    for (int at = text.indexOf('{', from); at >= 0; at = text.indexOf('{', at + 1)) {
      if (at + 1 < text.length() && "{%#".indexOf(text.charAt(at + 1)) >= 0) {
        return at;
      }
    }
    return -1;
  }

  private char signAt(int index) {
    char c = charAt(index);
    return c == '-' || c == '+' ? c : 0;
  }

  private char charAt(int index) {
    return index < text.length() ? text.charAt(index) : 0;
  }

  /** Text up to a tag; {@code block} if that tag swallows the indentation before it. */
  private void data(int from, int to, boolean block, char sign) {
    int end = to;
    if (sign == '-') {
      while (end > from && PythonText.isSpace(text.charAt(end - 1))) {
        end--;
      }
    } else if (block && sign != '+') {
      int start = to;
      while (start > from && text.charAt(start - 1) != '\n') {
        start--;
      }
      if ((start > from || lineStarts) && blank(start, to)) {
        end = start;
      }
    }
    if (end > from) {
      tokens.add(new Token(Kind.DATA, text.substring(from, end), source.at(from)));
    }
  }

  private boolean blank(int from, int to) {
    for (int i = from; i < to; i++) {
      if (!PythonText.isSpace(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private void comment(int tag) {
    int end = text.indexOf("#}", pos);
    if (end < 0) {
      throw new JinjaException(source.at(tag), "the comment is never closed");
    }
    char sign = end > pos ? signAt(end - 1) : 0;
    pos = end + 2;
    afterBlock(sign);
  }

  /** What the end of a block tag or comment takes with it. */
  private void afterBlock(char sign) {
    if (sign == '-') {
      skipSpace();
    } else if (sign != '+' && charAt(pos) == '\n') {
      pos++;
    }
  }

  private void skipSpace() {
    while (pos < text.length() && PythonText.isSpace(text.charAt(pos))) {
      pos++;
    }
  }

  private void raw(int tag, int start) {
    Matcher end = END_RAW.matcher(text);
    if (!end.find(start)) {
      throw new JinjaException(source.at(tag), "the raw block is never closed");
    }
    String sign = end.group(1);
    lineStarts = text.charAt(start - 1) == '\n';
    data(start, end.start(), true, sign.isEmpty() ? 0 : sign.charAt(0));
    pos = end.end();
  }

  private void tag(int tag, boolean print) {
    At begin = source.at(tag);
    tokens.add(new Token(print ? Kind.PRINT_BEGIN : Kind.BLOCK_BEGIN, "", begin));
    TagLexer inside = new TagLexer(source, tokens);
    while (true) {
      if (inside.balanced() && tagEnds(print)) {
        return;
      }
      if (pos >= text.length()) {
        throw new JinjaException(begin, "the tag is never closed");
      }
      pos = inside.next(pos);
    }
  }

  private boolean tagEnds(boolean print) {
    String close = print ? "}}" : "%}";
    char sign = signAt(pos);
    boolean signed = sign == '-' || (sign == '+' && !print);
    int at = signed ? pos + 1 : pos;
    if (!text.startsWith(close, at)) {
      return false;
    }
    tokens.add(new Token(print ? Kind.PRINT_END : Kind.BLOCK_END, "", source.at(pos)));
    pos = at + 2;
    if (!print) {
      afterBlock(sign);
    } else if (sign == '-') {
      skipSpace();
    }
    return true;
  }
}
