package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.corpus.Pattern;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The wordings of a family, by language and section, from {@code NAME.en.txt} and {@code NAME.zh.txt}
 * beside this class. {@code @section} opens a section, each line after it is a wording as
 * {@link Pattern} reads it, with slots as {@code {slot}}, where what is not given as a slot is another
 * section; a wording that begins with {@code ~} is held out of training; {@code #} begins a remark.
 */
final class Templates {

  private record Section(List<Pattern> trained, List<Pattern> heldOut) {}

  private final Map<Language, Map<String, Section>> sections = new EnumMap<>(Language.class);

  /**
   * @throws IllegalArgumentException with file and line when a line can't be read
   */
  Templates(String name) {
    for (var language : Language.values()) {
      sections.put(language, read(name + "." + language.name().toLowerCase(Locale.ROOT) + ".txt"));
    }
  }

  /**
   * @throws IllegalArgumentException naming the section when there is none of that name
   */
  List<Pattern> trained(Language language, String section) {
    return section(language, section).trained;
  }

  List<Pattern> heldOut(Language language, String section) {
    return section(language, section).heldOut;
  }

  /** Whether there is a section of that name, which wordings of others may hold as {@code {name}}. */
  boolean has(Language language, String section) {
    return sections.get(language).containsKey(section);
  }

  private Section section(Language language, String name) {
    var section = sections.get(language).get(name);
    if (section == null) throw new IllegalArgumentException("no section " + name + " " + language);
    return section;
  }

  private static Map<String, Section> read(String file) {
    var all = new HashMap<String, Section>();
    int number = 0;
    try (
      var stream = Objects.requireNonNull(Templates.class.getResourceAsStream(file), file);
      var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
    ) {
      Section open = null;
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        if (line.isBlank() || line.startsWith("#")) continue;
        if (line.startsWith("@")) {
          open = new Section(new ArrayList<>(), new ArrayList<>());
          all.put(line.substring(1).strip(), open);
        } else if (open == null) {
          throw new IllegalArgumentException("no section is open");
        } else if (line.startsWith("~")) {
          open.heldOut.add(Pattern.parse(line.substring(1).strip()));
        } else {
          open.trained.add(Pattern.parse(line.strip()));
        }
      }
      return all;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ":" + number + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
