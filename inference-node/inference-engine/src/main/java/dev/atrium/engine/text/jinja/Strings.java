package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's operations on strings, keeping the origin of every character. */
final class Strings {

  private static final Pattern LINE_END = Pattern.compile(
    "\\r\\n|[\\n\\r\\x0B\\f\\x1C-\\x1E\\x85\\u2028\\u2029]"
  );

  private Strings() {}

  /** Without leading or trailing characters out of {@code chars}, or white space if that is null. */
  static Str strip(Str str, String chars, boolean left, boolean right) {
    String text = str.text();
    int from = 0;
    int to = text.length();
    while (left && from < to && strips(text.codePointAt(from), chars)) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && to > from && strips(text.codePointBefore(to), chars)) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return str.sub(from, to);
  }

  private static boolean strips(int c, String chars) {
    return chars == null ? PythonText.isSpace(c) : chars.indexOf(c) >= 0;
  }

  /** The optional argument of the strip methods and of the trim filter. */
  static String chars(Arguments args) {
    return args.get(0, "chars") instanceof Value.None ? null : args.string(0, "chars").text();
  }

  static Str replace(Str str, Str old, Str with, long count) {
    String text = str.text();
    if (old.isEmpty()) {
      throw new Fault("an empty text can't be replaced");
    }
    Str.Builder out = new Str.Builder();
    int done = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    for (int at = text.indexOf(old.text()); at >= 0 && left-- > 0; ) {
      out.add(str, done, at).add(with);
      done = at + old.text().length();
      at = text.indexOf(old.text(), done);
    }
    return out.add(str, done, text.length()).build();
  }

  static Value split(Str str, Arguments args) {
    long most = args.integer(1, "maxsplit", -1);
    long limit = most < 0 ? Long.MAX_VALUE : most;
    if (args.get(0, "sep") instanceof Value.None) {
      return Value.Seq.list(words(str, limit));
    }
    Str separator = args.string(0, "sep");
    List<Value> parts = new ArrayList<>();
    int done = 0;
    String text = str.text();
    for (int at = find(text, separator, 0); at >= 0 && parts.size() < limit; ) {
      parts.add(str.sub(done, at));
      Budget.items(parts.size());
      done = at + separator.text().length();
      at = find(text, separator, done);
    }
    parts.add(str.sub(done, text.length()));
    return Value.Seq.list(parts);
  }

  static Value splitFromRight(Str str, Arguments args) {
    long most = args.integer(1, "maxsplit", -1);
    if (most < 0 || args.get(0, "sep") instanceof Value.None) {
      if (most >= 0) {
        throw new Fault("rsplit with a maximum needs a separator");
      }
      return split(str, args);
    }
    Str separator = args.string(0, "sep");
    find(str.text(), separator, 0);
    List<Value> parts = new ArrayList<>();
    int end = str.text().length();
    while (parts.size() < most) {
      int at = str.text().lastIndexOf(separator.text(), end - separator.text().length());
      if (at < 0 || end < separator.text().length()) {
        break;
      }
      parts.addFirst(str.sub(at + separator.text().length(), end));
      end = at;
    }
    parts.addFirst(str.sub(0, end));
    return Value.Seq.list(parts);
  }

  private static int find(String text, Str separator, int from) {
    if (separator.isEmpty()) {
      throw new Fault("the separator is empty");
    }
    return text.indexOf(separator.text(), from);
  }

  private static List<Value> words(Str str, long limit) {
    List<Value> parts = new ArrayList<>();
    String text = str.text();
    int at = skip(text, 0, true);
    while (at < text.length()) {
      int end = parts.size() == limit ? text.length() : skip(text, at, false);
      parts.add(str.sub(at, end));
      Budget.items(parts.size());
      at = skip(text, end, true);
    }
    return parts;
  }

  private static int skip(String text, int from, boolean space) {
    int at = from;
    while (at < text.length() && PythonText.isSpace(text.charAt(at)) == space) {
      at++;
    }
    return at;
  }

  static List<Value> lines(Str str, boolean keepEnds) {
    List<Value> lines = new ArrayList<>();
    Matcher end = LINE_END.matcher(str.text());
    int done = 0;
    while (end.find()) {
      lines.add(str.sub(done, keepEnds ? end.end() : end.start()));
      Budget.items(lines.size());
      done = end.end();
    }
    if (done < str.text().length()) {
      lines.add(str.sub(done, str.text().length()));
    }
    return lines;
  }

  static Str join(Str separator, List<Value> items) {
    Str.Builder out = new Str.Builder();
    boolean first = true;
    for (Value item : items) {
      if (!first) {
        out.add(separator);
      }
      out.add(PythonText.str(item));
      first = false;
    }
    return out.build();
  }

  static Str upper(Str str) {
    return str.map(s -> s.toUpperCase(Locale.ROOT));
  }

  static Str lower(Str str) {
    return str.map(s -> s.toLowerCase(Locale.ROOT));
  }

  static Str capitalize(Str str) {
    if (str.isEmpty()) {
      return str;
    }
    int first = Character.charCount(str.text().codePointAt(0));
    return new Str.Builder()
      .add(upper(str.sub(0, first)))
      .add(lower(str.sub(first, str.text().length())))
      .build();
  }

  /** Every letter after something that is not a letter becomes a capital, the others small. */
  static Str title(Str str) {
    Str.Builder out = new Str.Builder();
    boolean inside = false;
    for (Value value : str.characters()) {
      Str c = (Str) value;
      boolean letter = Character.isLetter(c.text().codePointAt(0));
      out.add(inside ? lower(c) : upper(c));
      inside = letter;
    }
    return out.build();
  }

  static Str reversed(Str str) {
    Str.Builder out = new Str.Builder();
    str
      .characters()
      .reversed()
      .forEach(c -> out.add((Str) c));
    return out.build();
  }

  static Str pad(Str str, long width, boolean left, boolean right, Str fill) {
    long missing = width - str.length();
    if (missing <= 0) {
      return str;
    }
    long before = left && right ? missing / 2 + (missing & width & 1) : left ? missing : 0;
    Str.Builder out = new Str.Builder();
    for (long i = 0; i < before; i++) {
      out.add(fill);
    }
    out.add(str);
    for (long i = before; i < missing; i++) {
      out.add(fill);
    }
    return out.build();
  }
}
