package dev.atrium.inference.shelf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of model directories, by name; some are links to where somebody else keeps them. What is
 * being fetched lies beside them under a name with a dot, and is none of them.
 */
final class Shelf {

  /** No separators, no leading dot: a name can't lead out of the folder. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");

  private final Path folder;

  Shelf(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  Path folder() {
    return folder;
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.contains("..");
  }

  /** @throws ShelfException if it is no name */
  static String requireName(String name) {
    if (!isName(name)) {
      throw new ShelfException(
        ShelfException.USAGE,
        "A model's name has letters, digits, dots, dashes and underscores: not '" + name + "'."
      );
    }
    return name;
  }

  /** Names in their order. */
  List<String> names() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
        .filter(Files::isDirectory)
        .map(entry -> entry.getFileName().toString())
        .filter(Shelf::isName)
        .sorted()
        .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String name) {
    return Files.exists(place(name), java.nio.file.LinkOption.NOFOLLOW_LINKS);
  }

  /** @throws ShelfException if there is no model of this name */
  Path find(String name) {
    Path place = place(name);
    if (!Files.isDirectory(place)) {
      throw new ShelfException(
        ShelfException.UNKNOWN,
        "There is no model '%s' in %s.".formatted(name, folder)
      );
    }
    return place;
  }

  /** Where a model of this name lies or would lie. */
  Path place(String name) {
    return folder.resolve(requireName(name));
  }

  /** Makes a directory that lies elsewhere one of the models. */
  void link(String name, Path directory) throws IOException {
    requireFree(name);
    Files.createDirectories(folder);
    Files.createSymbolicLink(place(name), directory.toRealPath());
  }

  /** @throws ShelfException if there is a model of this name */
  void requireFree(String name) {
    if (has(name)) {
      throw new ShelfException(
        ShelfException.CONFLICT,
        "There is a model '%s' in %s already.".formatted(name, folder)
      );
    }
  }

  /** Removes a model; of a link the link alone. */
  void remove(String name) throws IOException {
    Path place = place(name);
    if (Files.isSymbolicLink(place)) {
      Files.delete(place);
    } else {
      deleteAll(find(name));
    }
  }

  /** Deletes a folder with what is in it, following no links. */
  static void deleteAll(Path root) throws IOException {
    List<Path> all;
    try (Stream<Path> tree = Files.walk(root)) {
      all = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
