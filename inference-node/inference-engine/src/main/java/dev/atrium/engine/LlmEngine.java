package dev.atrium.engine;

import dev.atrium.engine.djl.Gpus;
import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.grammar.TooAmbiguousException;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.scripted.ScriptedModel;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.engine.text.Detokenizer;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.ModelTextException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A language model that writes several answers at once. Each {@link #step} computes one token of
 * every answer that may go on, and chunks of the prompts that are not read yet, in one native call;
 * sequences join and leave between steps.
 *
 * <p>Threads: {@link #model}, {@link #status}, {@link #prepare} and {@link #grammar} may be called from any; everything
 * else only from the thread that loaded the engine.
 */
public final class LlmEngine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LlmEngine.class);

  private static final int SCRIPTED_STEP = 1 << 24;

  private final ModelRunner runner;
  private final ModelText text;
  private final ModelInfo model;
  private final int maxTokens;
  private final Set<Integer> specialIds;
  private final Scheduler scheduler;
  private final Draws draws;
  private final Prompts prompts;
  private final LongSupplier nanoTime;
  private long arrivals;
  private volatile EngineStatus status;

  private LlmEngine(
    ModelRunner runner,
    ModelText text,
    EngineConfig config,
    String revision,
    LongSupplier nanoTime
  ) {
    this.nanoTime = nanoTime;
    RunnerInfo info = runner.info();
    this.runner = runner;
    this.text = text;
    this.model = new ModelInfo(
      info.name(),
      text.template().isPresent() ? "chat" : "complete",
      revision,
      Math.min(info.contextLength(), info.cacheTokens()),
      info.vocabSize(),
      info.parameters(),
      info.precision(),
      info.device(),
      info.memory()
    );
    this.maxTokens = model.contextLength();
    this.specialIds = text.tokenizer().specialIds();
    this.scheduler = new Scheduler(config, new KvCache(info.cacheTokens(), runner::copyCache));
    this.draws = new Draws(new Sampler(info.vocabSize()), text.eosIds());
    this.prompts = new Prompts(text, info.vocabSize(), maxTokens);
    takeStatus();
  }

  /**
   * Loads a model directory in Hugging Face layout, or one with a {@code script.json} ({@link
   * ScriptedModel}).
   *
   * @throws ModelLoadException if a file is missing, wrong, or of a kind that is not known
   * @throws IllegalStateException if Java was started without the Vector API
   */
  public static LlmEngine load(Path modelDir, EngineConfig config) {
    requireVectors();
    if (ScriptedModel.isAt(modelDir)) {
      ScriptedModel scripted = ScriptedModel.load(modelDir, config.cacheTokens());
      // Reading costs a script nothing: no prompt is made to wait for another.
      return over(scripted.runner(), scripted.text(), config.withStepTokenBudget(SCRIPTED_STEP));
    }
    ModelText text = loadText(modelDir);
    ModelRunner runner = null;
    try {
      runner = ModelRunners.load(
        modelDir,
        config.device(),
        config.precision(),
        config.threads(),
        config.cacheTokens()
      );
      if (text.tokenizer().vocabSize() > runner.info().vocabSize()) {
        throw ModelLoadException.corrupt(
          "tokenizer.json",
          "it has %d tokens, the network only %d".formatted(
            text.tokenizer().vocabSize(),
            runner.info().vocabSize()
          )
        );
      }
      return new LlmEngine(
        runner,
        text,
        config,
        Revision.of(runner.info(), modelDir),
        System::nanoTime
      );
    } catch (RuntimeException e) {
      text.close();
      if (runner != null) {
        runner.close();
      }
      throw e;
    }
  }

  /**
   * The devices of a choice, at least one.
   *
   * @throws ModelLoadException {@code device_missing} if a GPU is asked for that is not there
   */
  public static List<Device> devices(DeviceChoice choice) {
    return Gpus.devices(choice);
  }

  /** An engine over any runner; it owns both from now on. */
  public static LlmEngine over(ModelRunner runner, ModelText text, EngineConfig config) {
    return over(runner, text, config, System::nanoTime);
  }

  static LlmEngine over(
    ModelRunner runner,
    ModelText text,
    EngineConfig config,
    LongSupplier nanoTime
  ) {
    return new LlmEngine(runner, text, config, Revision.of(runner.info()), nanoTime);
  }

  private static ModelText loadText(Path dir) {
    try {
      return ModelText.load(dir);
    } catch (ModelTextException e) {
      throw Files.exists(dir.resolve(e.file()))
        ? ModelLoadException.corrupt(e.file(), e.reason())
        : ModelLoadException.missing(e.file(), e.reason());
    }
  }

  public ModelInfo model() {
    return model;
  }

  public ModelText text() {
    return text;
  }

  /** As of the last step or change. */
  public EngineStatus status() {
    return status;
  }

  /**
   * Renders and counts a chat, without computing anything.
   *
   * @param maxNewTokens most tokens wanted; less is granted where the context ends before
   * @throws PromptException if the template refuses the messages, or no room is left for an answer
   */
  public PreparedPrompt prepare(List<ChatMessage> messages, int maxNewTokens) {
    return prepare(messages, 0, PromptOptions.PLAIN, maxNewTokens);
  }

  /**
   * @param published how many of the messages, from the first on, are the same for everybody who may
   *     use the model
   * @throws PromptException if the format can't be kept, too
   */
  public PreparedPrompt prepare(
    List<ChatMessage> messages,
    int published,
    PromptOptions options,
    int maxNewTokens
  ) {
    return prompts.prepare(messages, published, options, maxNewTokens);
  }

  /**
   * What binds an answer to a format; none for free text. Takes its time: not on the engine's thread.
   *
   * @throws PromptException if the format is a schema that can't be kept
   */
  public Optional<Grammar> grammar(OutputFormat format) {
    return prompts.grammar(format);
  }

  /**
   * Takes a request into the queue; nothing is computed before the next step.
   *
   * @throws OverloadedException if the queue is full
   * @throws PromptException if the context is too short for it
   * @throws IllegalArgumentException if its id is in use, or its tokens or its adapter don't exist
   */
  public void submit(SequenceRequest request) {
    submit(List.of(request));
  }

  /**
   * Takes several answers to one prompt into the queue, all or none: the prompt is computed once.
   *
   * @throws OverloadedException if the queue is full
   * @throws PromptException if the context is too short for them
   * @throws IllegalArgumentException if they have not one prompt, an id is in use, or tokens or an
   *     adapter don't exist
   */
  public void submit(List<SequenceRequest> choices) {
    Siblings siblings = new Siblings();
    List<Sequence> sequences = new ArrayList<>();
    for (SequenceRequest choice : choices) {
      if (!Arrays.equals(choice.promptIds(), choices.getFirst().promptIds())) {
        throw new IllegalArgumentException("choices must have one prompt");
      }
      Sequence sequence = sequence(choice);
      sequence.joins(siblings);
      sequences.add(sequence);
    }
    scheduler.submit(sequences);
    takeStatus();
  }

  private Sequence sequence(SequenceRequest request) {
    prompts.requireRoom(request.promptIds().length);
    requireTokens(request.promptIds());
    requireTokens(request.continueIds());
    request.sampling().logitBias().keySet().forEach(this::requireTokens);
    if (request.adapter() > runner.info().adapters()) {
      throw new IllegalArgumentException("there is no adapter " + request.adapter());
    }
    return new Sequence(request, detokenizer(request), maxTokens, arrivals++);
  }

  /**
   * A chat's answer starts a text of its own, and so does what follows a start token; everything else
   * goes on with a text, where a leading space counts.
   */
  private Detokenizer detokenizer(SequenceRequest request) {
    int last = request.promptIds()[request.promptIds().length - 1];
    boolean fresh = text.template().isPresent() || specialIds.contains(last);
    Detokenizer plain = fresh
      ? new Detokenizer(text.tokenizer())
      : Detokenizer.continuing(text.tokenizer());
    return request
      .reply()
      .map(reply -> plain.showing(tokens(reply.marks())))
      .orElse(plain);
  }

  private Set<Integer> tokens(List<String> spelled) {
    Set<Integer> ids = new HashSet<>();
    spelled.forEach(mark -> text.tokenizer().id(mark).ifPresent(ids::add));
    return ids;
  }

  private void requireTokens(int... ids) {
    for (int id : ids) {
      if (id < 0 || id >= model.vocabSize()) {
        throw new IllegalArgumentException("token " + id + " is not in the vocabulary");
      }
    }
  }

  /**
   * Lets a sequence go on to this many tokens of its answer, counted from 1 and cumulative: a repeat
   * or a smaller number does nothing, and neither does an unknown id. A sequence at its allowance
   * waits without work.
   */
  public void allow(String id, int throughToken) {
    scheduler.allow(id, throughToken);
  }

  /** Ends a sequence at once; its end is told at the next step. An unknown id does nothing. */
  public void cancel(String id) {
    scheduler.cancel(id);
    takeStatus();
  }

  /** Whether a step would compute or tell anything now. */
  public boolean hasWork() {
    return scheduler.hasWork();
  }

  /** Computes one step for all sequences that may go on, and tells what happened. */
  public void step(EngineListener out) {
    long now = nanoTime.getAsLong();
    List<Scheduler.Turn> turns = scheduler.next(now);
    scheduler.tell(out);
    if (!turns.isEmpty()) {
      compute(turns);
      scheduler.took(turns, nanoTime.getAsLong() - now);
      scheduler.tell(out);
    }
    takeStatus();
  }

  /** Whether {@link #settle} would do anything. */
  public boolean canSettle() {
    return scheduler.places().hasUnsettled();
  }

  /**
   * Work for a time when there is nothing else to do: the answers that were written are computed once
   * more as the prompts that they will be part of, some tokens at each call, so that the next turn of a
   * conversation finds all of it in the cache and still reads the same numbers as if it had not.
   */
  public void settle() {
    Optional<Places.Settling> next = scheduler.places().settling();
    if (next.isPresent()) {
      try {
        runner.step(next.get().spans());
        scheduler.places().settled(next.get());
      } catch (RuntimeException e) {
        LOG.warn("what is kept of a sequence could not be settled: {}", e.toString());
        scheduler.places().unsettle(next.get());
      }
      takeStatus();
    }
  }

  private void compute(List<Scheduler.Turn> turns) {
    List<Span> spans = new ArrayList<>();
    List<Sequence> drawing = new ArrayList<>();
    for (Scheduler.Turn turn : turns) {
      spans.addAll(turn.spans());
      if (turn.draws()) {
        drawing.add(turn.sequence());
      }
    }
    List<Draws.Drawn> drawn;
    try {
      StepOutput output = runner.step(spans);
      drawn = draws.of(output, drawing);
    } catch (RuntimeException e) {
      isolate(turns, e);
      return;
    }
    int row = 0;
    for (Scheduler.Turn turn : turns) {
      if (turn.draws()) {
        take(turn, drawn.get(row++));
      } else {
        scheduler.computed(turn);
      }
    }
  }

  private void take(Scheduler.Turn turn, Draws.Drawn drawn) {
    switch (drawn) {
      case Draws.Token token -> accept(turn, token);
      case Draws.Failure failure -> fail(turn.sequence(), failure);
    }
  }

  private void accept(Scheduler.Turn turn, Draws.Token token) {
    Sequence sequence = turn.sequence();
    token.logprob().ifPresent(sequence::tell);
    try {
      scheduler.accept(turn, token.id(), token.end());
    } catch (TooAmbiguousException e) {
      // The form was read on, by this token.
      fail(sequence, Draws.Failure.of(e));
    }
  }

  private void fail(Sequence sequence, Draws.Failure failure) {
    LOG.warn("sequence {} failed: {}", sequence.id(), failure.reason());
    scheduler.fail(sequence, failure.code(), failure.reason());
  }

  /** The sampler is written in it, whether the device draws by itself or not. */
  private static void requireVectors() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalStateException(
        "Java was started without --add-modules jdk.incubator.vector"
      );
    }
  }

  /** A step that failed is repeated for each sequence alone, so that only the guilty one ends. */
  private void isolate(List<Scheduler.Turn> turns, RuntimeException failure) {
    if (turns.size() > 1) {
      LOG.warn(
        "a step of {} sequences failed, each is tried alone: {}",
        turns.size(),
        failure.toString()
      );
      turns.forEach(turn -> compute(List.of(turn)));
      return;
    }
    Sequence sequence = turns.getFirst().sequence();
    String code = failure instanceof ModelRunner.OutOfMemory ? "out_of_memory" : "engine_failed";
    LOG.error("sequence {} failed", sequence.id(), failure);
    scheduler.fail(sequence, code, String.valueOf(failure.getMessage()));
  }

  private void takeStatus() {
    status = new EngineStatus(scheduler.active(), scheduler.waiting(), scheduler.places().free());
  }

  @Override
  public void close() {
    runner.close();
    text.close();
  }
}
