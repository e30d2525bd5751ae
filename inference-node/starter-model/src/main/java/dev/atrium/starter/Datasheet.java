package dev.atrium.starter;

import dev.atrium.starter.evaluation.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The README of the model directory: what the model is, what it was made from, what it can do. */
final class Datasheet {

  private Datasheet() {}

  /**
   * What is known of a training.
   *
   * @param minutes by the clock, without tokenizer and measures; of the last part, when it was resumed
   * @param by what it was computed by
   * @param bitsPerByte over the answers of held-out conversations
   */
  record Figures(
    long parameters,
    long bytes,
    boolean again,
    long steps,
    long tokens,
    double minutes,
    String by,
    double heldOutLoss,
    double bitsPerByte,
    Evaluation.Report report
  ) {}

  static String table(Figures figures) {
    var out = new StringBuilder();
    out.append("| what was asked | right |\n|---|---|\n");
    figures.report
      .counts()
      .forEach((what, count) ->
        out.append(
          "| %s | %.1f %% (%d of %d) |%n".formatted(
            what,
            100 * count.share(),
            count.right(),
            count.all()
          )
        )
      );
    out.append(
      "\n| tasks | new wordings | new entities | pieces copied | |\n|---|---|---|---|---|\n"
    );
    figures.report
      .tasks()
      .forEach((family, counts) ->
        out.append(
          "| %s | %s | %s | %s | of %d |%n".formatted(
            family,
            share(counts.newWordings().answers()),
            share(counts.newEntities().answers()),
            share(counts.newEntities().pieces()),
            counts.newEntities().answers().all()
          )
        )
      );
    out.append("\n| refusals, over all of the above | precision | recall |\n|---|---|---|\n");
    figures.report
      .refusals()
      .forEach((language, refusals) ->
        out.append(
          "| %s | %s | %s |%n".formatted(
            language.name().toLowerCase(Locale.ROOT),
            share(refusals.precision()),
            share(refusals.recall())
          )
        )
      );
    out.append("\n| over held-out chats | |\n|---|---|\n");
    out.append(
      "| held-out loss (nats a token of the answers) | %.3f |%n".formatted(figures.heldOutLoss)
    );
    out.append("| bits per byte of the answers | %.4f |%n".formatted(figures.bitsPerByte));
    out.append("\n| size and speed | |\n|---|---|\n");
    out.append("| parameters | %,d |%n".formatted(figures.parameters));
    out.append("| weights on disk | %.1f MB |%n".formatted(figures.bytes / 1e6));
    out.append(
      "| tokens a second, sixteen chats side by side, prompts included, %s | %.0f |%n".formatted(
        figures.by,
        figures.report.tokensPerSecond()
      )
    );
    return out.toString();
  }

  private static String share(Evaluation.Count count) {
    return count.all() == 0 ? "" : "%.0f %%".formatted(100 * count.share());
  }

  static void write(Path directory, Figures figures) throws IOException {
    var text = String.format(
      Locale.ROOT,
      """
      # Starter: the small model that ships with Atrium

      A Llama-shaped network of %,d parameters (%.1f MB in f16), made from nothing by
      `deploy/atrium train starter`. It lets a fresh installation answer something without a download.
      It is not a general assistant, and says so.

      ## What it is for

      In English and Chinese: greetings and small talk, what it is and what it can't do, how Atrium is
      used; mails, meeting notes, notices and weekly reports from facts, with gaps where a fact is not
      given; a blunt sentence said politely, a wordy one made short; lists and tables; names, dates,
      amounts, times, order numbers and mail addresses picked out of a text; a ticket sorted into one of
      the categories that are named; what was said a moment ago. From a short text or from rules of a
      handbook it answers by quoting the sentence that says it, so that one sees where it stands, or says
      that the text doesn't say it. To anything else it is taught to say that it can't do it. It makes
      mistakes, most of all with wordings far from those of the corpus: check what it says.

      Not all of this is good: below stand the figures of each family. It answers all of them, and was not
      taught to refuse those that it is bad at.

      It doesn't calculate, neither sums nor dates: a network of this size that was taught both got 13 %%
      and 4 %% of them right, so it is taught to refuse them. It knows neither the date nor the time nor
      the weather, and is taught to say so.

      ## What it was made from

      - Text: written by a program of this project from its own grammars, templates and word
        lists (`src/main/resources/dev/atrium/starter/corpus` and `task`). No text, weights or tokenizer
        from elsewhere. A task is asked for in parts that go together in some ten thousands of ways; some
        of the parts of every kind, and one name, number and date in eight, are never trained on. In the
        column of new wordings what is wanted is always said in a part that was held out, and what
        stands around it, a label or the place of the text, half of the time.
      - How much of it is what: `Shares`; `deploy/atrium train starter --shares` counts the tokens.
      - Tokenizer: byte-level BPE, 4,096 tokens, trained on that text by this project. Names, Chinese
        characters and figures are cut the same wherever they stand, so that they can be copied.
      - Training: %s%,d steps, %,d tokens read in %.1f minutes by %s; seeds are fixed. Loss on the
        answers only, on their first words most, for these decide which answer it is. The first
        weights are random but for three heads in each of the first two layers that copy from the start.
      - Nothing is retrieved or looked up when it answers: what it says comes out of the network.

      ## Measures

      Greedy answers, packed fp16, as served. Right means exactly one of the sentences that the corpus
      gives; for what is out of scope, one of the honest refusals in the language of the question. Held-out
      wordings come from patterns that were never trained on; the questions written by hand
      (`src/main/resources/dev/atrium/starter/evaluation`) can't be said by any pattern of the training,
      which `CorpusTest` holds.

      %s
      """,
      figures.parameters,
      figures.bytes / 1e6,
      figures.again
        ? "%,d steps on everything, then, on what they were worst at (`--from`), ".formatted(
          Recipe.STEPS
        )
        : "",
      figures.steps,
      figures.tokens,
      figures.minutes,
      figures.by,
      table(figures)
    );
    Files.writeString(directory.resolve("README.md"), text.strip() + "\n");
  }
}
