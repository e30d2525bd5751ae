package dev.atrium.policy.sensitive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What stands for what in one conversation: {@code [PHONE_1]} for a number in every way in which it was
 * written. Immutable. Whoever has it can put the values back: it is stored and kept like the texts.
 */
public final class Pseudonyms {

  /** None: a text is what it is. */
  public static final Pseudonyms NONE = new Pseudonyms(List.of());

  private final List<Entry> entries;
  private final Map<Kind, Map<Integer, String>> values = new EnumMap<>(Kind.class);
  private final List<String> written = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final Phrases phrases;

  /**
   * One value.
   *
   * @param written each way in which it was written; the first is put back
   */
  private record Entry(Kind kind, int number, List<String> written) {}

  private record Match(int start, int end, String name) {}

  private Pseudonyms(List<Entry> entries) {
    this.entries = List.copyOf(entries);
    for (Entry e : this.entries) {
      values.computeIfAbsent(e.kind, _ -> new HashMap<>()).put(e.number, e.written.getFirst());
      for (String way : e.written) {
        written.add(way);
        names.add(Pseudonym.of(e.kind, e.number));
      }
    }
    this.phrases = new Phrases(written);
  }

  /** Whether nothing is replaced. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** How many values are replaced. */
  public int size() {
    return entries.size();
  }

  /** How many values of each kind are replaced. */
  public Map<Kind, Integer> counts() {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    entries.forEach(e -> counts.merge(e.kind, 1, Integer::sum));
    return counts;
  }

  Optional<String> value(Kind kind, int number) {
    return Optional.ofNullable(values.getOrDefault(kind, Map.of()).get(number));
  }

  /**
   * The text with every occurrence of a value replaced, also where no detector would have seen it. Values
   * that overlap are both replaced, and nothing of either is left.
   */
  public String mask(String text) {
    if (isEmpty()) {
      return text;
    }
    StringBuilder masked = new StringBuilder(text.length());
    int done = 0;
    for (Match match : matches(text)) {
      if (match.end > done) {
        masked.append(text, done, Math.max(done, match.start)).append(match.name);
        done = match.end;
      }
    }
    return masked.append(text, done, text.length()).toString();
  }

  private List<Match> matches(String text) {
    List<Match> matches = new ArrayList<>();
    int state = phrases.begin();
    for (int i = 0; i < text.length(); i++) {
      state = phrases.step(state, text.charAt(i));
      int end = i + 1;
      phrases.endings(
        state,
        (phrase, length) ->
          whole(text, end - length, end) &&
          matches.add(new Match(end - length, end, names.get(phrase)))
      );
    }
    matches.sort(
      Comparator.comparingInt(Match::start).thenComparing(Match::end, Comparator.reverseOrder())
    );
    return matches;
  }

  /** Not within a longer word or number of the Latin alphabet. */
  private static boolean whole(String text, int start, int end) {
    return !joined(text, start - 1, start) && !joined(text, end - 1, end);
  }

  private static boolean joined(String text, int left, int right) {
    return (
      left >= 0 &&
      right < text.length() &&
      Reading.alphanumeric(Reading.plain(text.charAt(left))) &&
      Reading.alphanumeric(Reading.plain(text.charAt(right)))
    );
  }

  /** To be encrypted and stored; {@link #decode} reads it. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(entries.size());
      for (Entry e : entries) {
        out.writeUTF(e.kind.code());
        out.writeInt(e.number);
        out.writeInt(e.written.size());
        for (String way : e.written) {
          byte[] utf8 = way.getBytes(StandardCharsets.UTF_8);
          out.writeInt(utf8.length);
          out.write(utf8);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Those that were encoded. */
  public static Pseudonyms decode(byte[] bytes) {
    List<Entry> entries = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      for (int left = in.readInt(); left > 0; left--) {
        Kind kind = Kind.of(in.readUTF()).orElseThrow();
        int number = in.readInt();
        List<String> written = new ArrayList<>();
        for (int ways = in.readInt(); ways > 0; ways--) {
          written.add(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
        }
        entries.add(new Entry(kind, number, List.copyOf(written)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Pseudonyms(entries);
  }

  /** Without a value. */
  @Override
  public String toString() {
    return "Pseudonyms" + counts();
  }

  /** Gives out numbers, in the order in which values come. */
  static final class Maker {

    private final Map<String, Draft> drafts = new LinkedHashMap<>();
    private final Map<Kind, Integer> last = new EnumMap<>(Kind.class);
    private final Set<String> taken = new HashSet<>();

    private record Draft(Kind kind, int number, Set<String> written) {}

    /**
     * @param texts of the conversation; a pseudonym that one of them contains already is not given out
     */
    Maker(List<String> texts) {
      texts.forEach(this::take);
    }

    private void take(String text) {
      for (int i = 0; i < text.length(); i++) {
        char before = i == 0 ? Reading.NOTHING : text.charAt(i - 1);
        if (
          Pseudonym.look(text, i, before, true) instanceof
          Pseudonym.Look.Is(Kind kind, int number, int _)
        ) {
          taken.add(Pseudonym.of(kind, number));
        }
      }
    }

    /** Values beyond the largest number share it with the last, so that nothing is sent as it is. */
    void add(Kind kind, String value) {
      drafts
        .computeIfAbsent(kind + " " + same(kind, value), _ ->
          new Draft(kind, next(kind), new java.util.LinkedHashSet<>())
        )
        .written.add(value);
    }

    private int next(Kind kind) {
      int number = last.getOrDefault(kind, 0) + 1;
      while (taken.contains(Pseudonym.of(kind, number))) {
        number++;
      }
      number = Math.min(number, Pseudonym.MOST);
      last.put(kind, number);
      return number;
    }

    /** What two ways of writing the same value have in common. */
    private static String same(Kind kind, String value) {
      return switch (kind) {
        case SECRET -> value;
        case WORD, EMAIL -> WordList.normalised(value);
        case PERSON_ID, IBAN, BANK_CARD, PHONE -> {
          StringBuilder plain = new StringBuilder();
          for (int i = 0; i < value.length(); i++) {
            char c = Reading.plain(value.charAt(i));
            if (Reading.alphanumeric(c) || c == '+') {
              plain.append(c);
            }
          }
          yield plain.toString().toUpperCase(Locale.ROOT);
        }
      };
    }

    Pseudonyms made() {
      return drafts.isEmpty()
        ? NONE
        : new Pseudonyms(
          drafts
            .values()
            .stream()
            .map(d -> new Entry(d.kind, d.number, List.copyOf(d.written)))
            .toList()
        );
    }
  }
}
