package dev.atrium.stress.client;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.HubFrame;
import dev.atrium.stress.figures.Figures;
import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.figures.Stalls;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.figures.Violations.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One person who chats: sends a prompt, reads the answer, sends the next. Like the web client it sends
 * again what was not confirmed, and resumes what was cut. What a hub must never do is noted as a
 * violation at once.
 */
final class Chat implements Line.Listener {

  /** The web client gives a stream up that does not fit after so many resumes. */
  private static final int MOST_RESUMES = 5;
  private static final long RESUME_AGAIN_MS = 1_000;

  private final Network network;
  private final Line line;
  private final Prompts prompts;
  private final Violations violations;
  private final Figures figures;
  private final Arrivals arrivals;
  private final Aims aims;
  private final Set<UUID> over = new HashSet<>();
  private Exchange current;
  private boolean following;
  private boolean observed = true;

  Chat(
    Network network,
    Person person,
    Prompts prompts,
    Violations violations,
    Stalls stalls,
    Aims aims
  ) {
    this.network = network;
    this.line = new Line(network, person, this);
    this.prompts = prompts;
    this.violations = violations;
    this.figures = network.figures();
    this.arrivals = new Arrivals(network.figures(), stalls, violations);
    this.aims = aims;
  }

  Line line() {
    return line;
  }

  /** How long its text takes to come is of no interest. */
  void unobserved() {
    observed = false;
  }

  /** Loses its connection. */
  void cut(Cut cut) {
    if (current != null) {
      current.cutOff = true;
    }
    line.cut(cut);
  }

  /** Whether a prompt waits for its acknowledgement or an answer for its end. */
  boolean busy() {
    return current != null;
  }

  /** The exchange under way. */
  Optional<Exchange> current() {
    return Optional.ofNullable(current);
  }

  /** The reader has read enough: the answer is to end, as soon as its prompt is safe. */
  void stop() {
    if (current != null) {
      current.stopping = true;
      sendStop();
    }
  }

  private void sendStop() {
    if (current.stopping && current.saved != null) {
      line.send(new ClientFrame.Stop(current.saved.generationId()));
    }
  }

  /** Sends the next prompt, if there is to be one. */
  void next() {
    if (current == null) {
      prompts
        .next(line.person())
        .ifPresent(exchange -> {
          current = exchange;
          current.observed = observed;
          following = false;
          figures.count(Count.PROMPTS);
          line.send(exchange.prompt);
        });
    }
  }

  @Override
  public void welcomed() {
    following = false;
    if (current == null) {
      next();
    } else if (current.saved == null) {
      figures.count(Count.PROMPTS_AGAIN);
      line.send(current.prompt);
    } else {
      follow();
      sendStop();
    }
  }

  /** Asks for the rest of the answer, unless it comes already. */
  private void follow() {
    if (current == null || current.answer == null || following) {
      return;
    }
    Answer answer = current.answer;
    following = line.send(
      new ClientFrame.Resume(answer.generationId(), answer.epoch(), answer.length())
    );
    if (following) {
      figures.count(Count.RESUMES);
    }
  }

  @Override
  public boolean awaits() {
    return busy();
  }

  @Override
  public void refused(int closeCode) {
    violations.add(
      Kind.END,
      "%s: a hub closed the socket for good, code %d",
      line.person().name(),
      closeCode
    );
  }

  @Override
  public void onFrame(HubFrame frame) {
    switch (frame) {
      case HubFrame.Saved saved -> saved(saved);
      case HubFrame.Error(var ref, var error) -> ref.ifPresent(r -> refused(r, error));
      case HubFrame.Queued _, HubFrame.Notice _, HubFrame.ConversationChanged _ -> {}
      case HubFrame.Delta delta -> {
        figures.count(Count.FRAMES);
        advance(delta.generationId(), delta);
      }
      case HubFrame.Started f -> {
        writer(f);
        advance(f.generationId(), f);
      }
      case HubFrame.Recovering f -> advance(f.generationId(), f);
      case HubFrame.Storing f -> advance(f.generationId(), f);
      case HubFrame.Resumed f -> advance(f.generationId(), f);
      case HubFrame.Finished f -> advance(f.generationId(), f);
      case HubFrame.Failed f -> advance(f.generationId(), f);
      default -> {}
    }
  }

  private void writer(HubFrame.Started started) {
    if (current != null && current.answer != null && current.answer.epoch() <= started.epoch()) {
      current.node = started.node();
    }
  }

  private void saved(HubFrame.Saved saved) {
    if (current == null || !saved.id().equals(current.prompt.id())) {
      return;
    }
    if (current.saved != null) {
      if (!current.saved.generationId().equals(saved.generationId())) {
        violations.add(Kind.END, "%s was saved twice, again as %s", current, saved.generationId());
      }
      return;
    }
    current.saved = saved;
    current.answer = new Answer(saved.generationId(), saved.epoch());
    current.lastTextNanos = System.nanoTime();
    following = true;
    figures.count(Count.SAVED);
    figures.saved.add((System.nanoTime() - current.sentNanos) / 1_000);
    aims.grew(current, 0, line.hubId());
    sendStop();
    Exchange mine = current;
    prompts
      .stopsAfterMillis()
      .ifPresent(millis ->
        network
          .vertx()
          .setTimer(millis, _ -> {
            if (current == mine) {
              stop();
            }
          })
      );
  }

  private void refused(String ref, ErrorBody error) {
    figures.refused(error.code());
    if (current == null) {
      return;
    }
    if (current.saved == null && ref.equals(current.prompt.id().toString())) {
      prompts.refused(current);
      current = null;
      network.vertx().setTimer(prompts.pauseMillis(), _ -> next());
    } else if (current.saved != null && ref.equals(current.saved.generationId().toString())) {
      following = false;
      if (error.retryable()) {
        network.vertx().setTimer(RESUME_AGAIN_MS, _ -> follow());
      } else {
        violations.add(Kind.END, "%s can't be resumed: %s", current, error.code());
        done();
      }
    }
  }

  private void advance(UUID generationId, HubFrame frame) {
    boolean terminal = frame instanceof HubFrame.Finished || frame instanceof HubFrame.Failed;
    if (terminal && over.contains(generationId)) {
      violations.add(Kind.END, "generation %s ended twice, again with %s", generationId, frame);
    }
    if (current == null || current.answer == null) {
      return;
    }
    Answer answer = current.answer;
    if (!answer.generationId().equals(generationId)) {
      return;
    }
    int before = answer.length();
    boolean hadGap = answer.gap();
    switch (answer.take(frame)) {
      case NOTHING, NEWS -> {
        current.catchingUp |= frame instanceof HubFrame.Resumed;
      }
      case APPENDED -> {
        arrivals.text(current, (HubFrame.Delta) frame, before);
        aims.grew(current, before, line.hubId());
      }
      case GAP -> gap(frame, before, hadGap);
      case CUT -> cut((HubFrame.Resumed) frame, before);
      case ENDED -> ended(frame);
    }
  }

  private void gap(HubFrame frame, int before, boolean hadGap) {
    figures.count(Count.GAPS);
    if (frame instanceof HubFrame.Delta delta && delta.from() < before) {
      figures.add(Count.REPEATED_BYTES, delta.text().getBytes(StandardCharsets.UTF_8).length);
    }
    if (hadGap && !(frame instanceof HubFrame.Resumed)) {
      return;
    }
    following = false;
    if (++current.resumesWithoutProgress > MOST_RESUMES) {
      violations.add(
        Kind.TEXT,
        "%s: holds %d code points, and %d resumes brought nothing that fits; last %s",
        current,
        before,
        MOST_RESUMES,
        frame
      );
      done();
    } else {
      follow();
    }
  }

  private void cut(HubFrame.Resumed resumed, int before) {
    figures.count(Count.REWINDS);
    current.catchingUp = true;
    current.longest = resumed.position();
    if (resumed.mode() == HubFrame.Mode.CONTINUE) {
      violations.add(Kind.TEXT, "%s: %d shown, but it continues at %s", current, before, resumed);
    } else {
      prompts.takenBack(current, before, resumed.position());
    }
  }

  private void ended(HubFrame frame) {
    over.add(current.answer.generationId());
    arrivals.end(current);
    switch (frame) {
      case HubFrame.Finished f -> {
        figures.ended(f.reason().wire());
        if (
          f.reason() == HubFrame.Reason.DONE &&
          current.expected.filter(e -> !e.equals(current.answer.text())).isPresent()
        ) {
          violations.add(Kind.TEXT, "%s: done, but only %d shown", current, f.length());
        }
      }
      case HubFrame.Failed f -> {
        figures.ended("failed: " + f.error().code());
        prompts.givenUp(current, f.error());
      }
      default -> throw new IllegalStateException("not an end: " + frame);
    }
    done();
  }

  private void done() {
    prompts.ended(current);
    current = null;
    network.vertx().setTimer(prompts.pauseMillis(), _ -> next());
  }
}
