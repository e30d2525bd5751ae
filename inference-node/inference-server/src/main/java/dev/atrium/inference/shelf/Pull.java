package dev.atrium.inference.shelf;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.inference.shelf.Repository.RemoteFile;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Brings a repository onto the shelf: what a model needs of it and nothing else, all of one commit. The
 * small files come first, so that a network that can't be run is refused before its weights are
 * fetched. Until all is there and right it lies beside the models, and a repeated command goes on.
 */
final class Pull {

  /** What is told beside the model, for {@code model show}. */
  static final String SOURCE = ".source.json";

  private static final String CONFIG = "config.json";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";
  private static final List<String> SMALL = List.of(
    CONFIG,
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json"
  );
  private static final Pattern ID = Pattern.compile("([^/]+)/([^/]+)");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}");

  private final Shelf shelf;
  private final Endpoint endpoint;
  private final Download download;
  private final Progress progress;

  Pull(Shelf shelf, Endpoint endpoint, Download download, Progress progress) {
    this.shelf = shelf;
    this.endpoint = endpoint;
    this.download = download;
    this.progress = progress;
  }

  /** The model's name of a repository: what follows the slash. */
  static String nameOf(String id) {
    var parts = ID.matcher(id);
    if (!parts.matches() || !Shelf.isName(parts.group(1)) || !Shelf.isName(parts.group(2))) {
      throw new ShelfException(
        ShelfException.USAGE,
        "A repository is named ORGANISATION/NAME: not '" + id + "'."
      );
    }
    return parts.group(2);
  }

  /** @throws ShelfException if it can't be done; what was fetched stays for the next time */
  Path run(String id, String revision, String name) throws IOException {
    nameOf(id);
    Shelf.requireName(name);
    if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
      throw new ShelfException(ShelfException.USAGE, "There is no revision '" + revision + "'.");
    }
    shelf.requireFree(name);
    Path folder = shelf.folder().resolve("." + name + ".pull");
    Files.createDirectories(folder);
    try (FileChannel channel = locked(folder)) {
      Repository repository = listed(id, revision);
      startOver(folder, repository);
      fetch(repository, folder);
      Path place = shelf.place(name);
      Files.delete(folder.resolve("lock"));
      shelf.requireFree(name);
      return Files.move(folder, place, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private Repository listed(String id, String revision) {
    try {
      return Repository.of(endpoint, id, revision);
    } catch (IOException e) {
      throw new ShelfException(
        ShelfException.UNAVAILABLE,
        "%s can't be reached: %s.".formatted(endpoint.name(), e.getMessage()),
        e
      );
    }
  }

  private static FileChannel locked(Path folder) throws IOException {
    FileChannel channel = FileChannel.open(
      folder.resolve("lock"),
      StandardOpenOption.CREATE,
      StandardOpenOption.WRITE
    );
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // Held by this very process: as taken as by another.
    }
    if (lock == null) {
      channel.close();
      throw new ShelfException(ShelfException.CONFLICT, "This model is being fetched already.");
    }
    return channel;
  }

  /** What was fetched of another commit is of no use. */
  private static void startOver(Path folder, Repository repository) throws IOException {
    JsonObject source = new JsonObject()
      .put("repository", repository.id())
      .put("commit", repository.commit());
    Path file = folder.resolve(SOURCE);
    if (Files.exists(file) && Files.readString(file).equals(source.encode())) {
      return;
    }
    try (var entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (!entry.endsWith("lock")) {
          Files.delete(entry);
        }
      }
    }
    Files.writeString(file, source.encode());
  }

  private void fetch(Repository repository, Path folder) throws IOException {
    fetch(repository, required(repository, CONFIG), folder);
    try {
      NetworkShape.read(folder);
    } catch (ModelLoadException e) {
      throw new ShelfException(
        ShelfException.DAMAGED,
        "%s can't be run: %s".formatted(repository.id(), e.getMessage()),
        e
      );
    }
    required(repository, "tokenizer.json");
    for (String small : SMALL) {
      Optional<RemoteFile> file = repository.file(small);
      if (file.isPresent()) {
        fetch(repository, file.get(), folder);
      }
    }
    List<RemoteFile> weights = weights(repository, folder);
    requireRoom(weights, folder);
    for (RemoteFile file : weights) {
      fetch(repository, file, folder);
    }
  }

  private static RemoteFile required(Repository repository, String name) {
    return repository
      .file(name)
      .orElseThrow(() ->
        new ShelfException(
          ShelfException.DAMAGED,
          "%s has no %s, or its size and hash are not told.".formatted(repository.id(), name)
        )
      );
  }

  private List<RemoteFile> weights(Repository repository, Path folder) throws IOException {
    Optional<RemoteFile> index = repository.file(INDEX);
    if (index.isEmpty()) {
      return List.of(required(repository, SINGLE));
    }
    fetch(repository, index.get(), folder);
    List<RemoteFile> shards = new ArrayList<>();
    try {
      JsonObject map = new JsonObject(Files.readString(folder.resolve(INDEX))).getJsonObject(
        "weight_map",
        new JsonObject()
      );
      for (Object shard : new TreeSet<>(map.getMap().values())) {
        if (!(shard instanceof String name) || !name.endsWith(".safetensors")) {
          throw new ClassCastException();
        }
        shards.add(required(repository, name));
      }
    } catch (DecodeException | ClassCastException e) {
      throw new ShelfException(
        ShelfException.DAMAGED,
        "%s of %s is not an index of weights.".formatted(INDEX, repository.id()),
        e
      );
    }
    return shards;
  }

  private void requireRoom(List<RemoteFile> files, Path folder) throws IOException {
    long needed = 0;
    for (RemoteFile file : files) {
      Path part = folder.resolve(file.name() + ".part");
      long there = Files.exists(folder.resolve(file.name()))
        ? file.size()
        : Files.exists(part) ? Files.size(part) : 0;
      needed += Math.max(0, file.size() - there);
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (needed > free) {
      throw new ShelfException(
        ShelfException.FAILED,
        "%s more are needed in %s, and %s are free.".formatted(
          Progress.bytes(needed),
          shelf.folder(),
          Progress.bytes(free)
        )
      );
    }
  }

  private void fetch(Repository repository, RemoteFile file, Path folder) throws IOException {
    progress.begin(file.name(), file.size());
    download.fetch(repository, file, folder, progress::at);
    progress.end();
  }
}
