package dev.atrium.hub.admission;

import dev.atrium.api.PromptFile;
import dev.atrium.policy.sensitive.Kind;
import io.vertx.core.Future;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What somebody wants to have answered.
 *
 * @param prompt a new prompt; empty for another answer to one that is there
 * @param earlier the messages that are sent to the model before it, oldest first, for another answer the
 *     prompt as the last; asked for only if somebody has to look at them
 * @param confirmed kinds of sensitive data that the writer wants to send
 */
public record Draft(
  Optional<Prompt> prompt,
  Supplier<Future<List<Earlier>>> earlier,
  Set<Kind> confirmed
) {
  public Draft {
    confirmed = Set.copyOf(confirmed);
  }

  /**
   * A prompt and its files.
   *
   * @param kept what files of earlier messages hold, by id; fails if one is not to be had
   */
  public record Prompt(
    String text,
    List<PromptFile> files,
    Function<Set<UUID>, Future<Map<UUID, File>>> kept
  ) {
    public Prompt {
      files = List.copyOf(files);
    }

    /** All files with what they hold, in their order. */
    Future<List<File>> read() {
      Set<UUID> wanted = new LinkedHashSet<>();
      for (PromptFile file : files) {
        if (file instanceof PromptFile.Kept(UUID id)) {
          wanted.add(id);
        }
      }
      Future<Map<UUID, File>> found = wanted.isEmpty()
        ? Future.succeededFuture(Map.of())
        : kept.apply(wanted);
      return found.map(byId ->
        files
          .stream()
          .map(file ->
            switch (file) {
              case PromptFile.New(String name, String content) -> new File(name, content);
              case PromptFile.Kept(UUID id) -> byId.get(id);
            }
          )
          .toList()
      );
    }

    /** Without the text. */
    @Override
    public String toString() {
      return "Prompt[" + text.length() + " chars, " + files.size() + " files]";
    }
  }

  /** A file with what it holds. */
  public record File(String name, String text) {
    /** Without name and text. */
    @Override
    public String toString() {
      return "File[" + text.length() + " chars]";
    }
  }

  /**
   * A message that is there.
   *
   * @param written by the user, and not by a model
   * @param confirmed kinds that the writer has confirmed before
   */
  public record Earlier(
    UUID messageId,
    boolean written,
    String text,
    List<File> files,
    Set<Kind> confirmed
  ) {
    public Earlier {
      files = List.copyOf(files);
      confirmed = Set.copyOf(confirmed);
    }

    /** Without the text: nothing that people write belongs into a log. */
    @Override
    public String toString() {
      return "Earlier[" + messageId + ", " + text.length() + " chars, " + files.size() + " files]";
    }
  }
}
