package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.inference.api.Ack;
import dev.atrium.inference.api.Allow;
import dev.atrium.inference.api.Cancel;
import dev.atrium.inference.api.Choice;
import dev.atrium.inference.api.GenerateReply;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.ChoiceFinished;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.GenerationEvent.Failed;
import dev.atrium.inference.api.GenerationEvent.Finished;
import dev.atrium.inference.api.GenerationEvent.Reason;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Party;
import dev.atrium.inference.api.Replay;
import dev.atrium.inference.api.Sampling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop with a real engine over a scripted runner, on its own thread and real time. */
class EngineLoopTest {

  private record Sent(String owner, GenerationEvent event) {}

  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private LoopConfig config = config(4_096, 30, 15_000, 60_000, 65_536);
  private EngineConfig engine = EngineConfig.defaults();
  private Duration stepTime = Duration.ofMillis(1);
  private EngineLoop loop;

  @AfterEach
  void end() throws Exception {
    loop.close();
    loop.ended().get(5, TimeUnit.SECONDS);
  }

  @Test
  void decodesNoFurtherThanItIsAllowed() throws Exception {
    start();
    assertThat(generate("g", 100, 5)).isEqualTo(new GenerateReply.Accepted());
    eventually(() -> text("g").equals("abcde"));
    Thread.sleep(150);
    assertThat(text("g")).isEqualTo("abcde");
    tell(new Command.Raise(new Allow("g", 1, 8)));
    eventually(() -> text("g").equals("abcdefgh"));
    // A late, smaller allowance takes nothing back and gives nothing.
    tell(new Command.Raise(new Allow("g", 1, 6)));
    Thread.sleep(100);
    assertThat(text("g")).isEqualTo("abcdefgh");
    assertThat(last("g").last()).isFalse();
  }

  @Test
  void numbersEventsWithoutAGapAndEndsOnce() throws Exception {
    start();
    generate("g", 40, 40);
    eventually(() -> ended("g"));
    assertThat(events("g").stream().map(GenerationEvent::seq)).containsExactlyElementsOf(
      upTo(events("g").size())
    );
    assertThat(last("g")).isInstanceOfSatisfying(Finished.class, end -> {
        assertThat(end.reason()).isEqualTo(Reason.LENGTH);
        assertThat(end.usage().completionTokens()).isEqualTo(40);
        assertThat(end.usage().promptTokens()).isEqualTo(2);
      });
    assertThat(text("g")).hasSize(40);
    assertThat(ids("g")).hasSize(40);
  }

  @Test
  void mergesTextButSendsTheFirstAtOnce() throws Exception {
    stepTime = Duration.ofMillis(2);
    config = config(100, 60, 15_000, 60_000, 1_000);
    start();
    generate("g", 200, 200);
    eventually(() -> ended("g"));
    List<Delta> deltas = deltas("g");
    assertThat(deltas.getFirst().text()).hasSize(1);
    assertThat(deltas).hasSizeLessThan(60);
  }

  @Test
  void withNothingElseToDoItComputesTheAnswerForTheNextTurn() throws Exception {
    start();
    Party party = new Party("d", "anna");
    PreparedPrompt first = new PreparedPrompt(ids('>', 40), Letters.CONTEXT, 100);
    ask(new Command.Start(request("1", party, 60), Optional.of(first)));
    eventually(() -> ended("1"));
    int[] history = IntStream.concat(
      IntStream.of(first.ids()),
      ids("1").stream().mapToInt(Integer::intValue)
    ).toArray();
    PreparedPrompt second = new PreparedPrompt(
      IntStream.concat(IntStream.of(history), IntStream.of(ids('>', 10))).toArray(),
      Letters.CONTEXT,
      100
    );
    // Steps of no time; that they are over is not to be seen from outside.
    Thread.sleep(150);
    ask(new Command.Start(request("2", party, 1), Optional.of(second)));
    eventually(() -> ended("2"));
    assertThat(((Finished) last("2")).usage().cachedTokens()).isEqualTo(96);
    assertThat(text("2")).isEqualTo("a");
  }

  private static int[] ids(char letter, int count) {
    return IntStream.generate(() -> letter)
      .limit(count)
      .toArray();
  }

  private static GenerateRequest request(String id, Party party, int tokens) {
    return new GenerateRequest(
      id,
      1,
      "hub-1",
      Optional.of(party),
      Sampling.greedy(),
      tokens,
      List.of(),
      List.of(),
      tokens,
      60_000
    );
  }

  @Test
  void cancelsWithinAStep() throws Exception {
    stepTime = Duration.ofMillis(50);
    start();
    generate("g", 1_000, 1_000);
    eventually(() -> !deltas("g").isEmpty());
    tell(new Command.Stop(new Cancel("g", 1)));
    int before = ids("g").size();
    eventually(() -> ended("g"));
    assertThat(((Finished) last("g")).reason()).isEqualTo(Reason.CANCELLED);
    assertThat(ids("g")).hasSizeLessThanOrEqualTo(before + 1);
    assertThat(((Finished) last("g")).usage().completionTokens()).isEqualTo(ids("g").size());
  }

  @Test
  void repeatsAGenerateWithoutStartingItTwice() throws Exception {
    start();
    generate("g", 5, 5);
    assertThat(ask(new Command.Start(request("g", 1, 5, 5), Optional.empty()))).isEqualTo(
      new GenerateReply.Accepted()
    );
    eventually(() -> ended("g"));
    assertThat(ask(new Command.Start(request("g", 1, 5, 5), Optional.empty()))).isEqualTo(
      new GenerateReply.Accepted()
    );
    assertThat(text("g")).isEqualTo("abcde");
  }

  @Test
  void wantsThePromptToBePreparedFirst() throws Exception {
    start();
    assertThat(ask(new Command.Start(request("g", 1, 5, 5), Optional.empty()))).isEqualTo(
      refused(InferenceError.NOT_PREPARED)
    );
  }

  @Test
  void continuesAnEarlierAttemptWithoutSayingItAgain() throws Exception {
    start();
    GenerateRequest second = new GenerateRequest(
      "g",
      2,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      6,
      List.of(),
      List.of((int) 'a', (int) 'b', (int) 'c'),
      6,
      60_000
    );
    ask(new Command.Start(second, Optional.of(Letters.prompt())));
    eventually(() -> ended("g"));
    assertThat(text("g")).isEqualTo("def");
    assertThat(((Finished) last("g")).usage().completionTokens()).isEqualTo(6);
  }

  @Test
  void writesSeveralAnswersAndTellsTheEndOfEach() throws Exception {
    start();
    ask(new Command.Start(several("g", 1, 3), Optional.of(Letters.prompt())));
    eventually(() -> ids("g").size() == 5);
    // As far as they are allowed, each of them.
    assertThat(ids("g", 1)).hasSize(2);
    assertThat(ids("g", 4)).hasSize(3);
    tell(new Command.Raise(new Allow("g", 1, 5)));
    eventually(() -> ended("g"));
    List<GenerationEvent> all = events("g");
    assertThat(all).extracting(GenerationEvent::seq).isEqualTo(upTo(all.size()));
    assertThat(ids("g", 1)).containsExactly((int) 'b', (int) 'c', (int) 'd', (int) 'e');
    assertThat(ids("g", 4)).containsExactly((int) 'a', (int) 'b', (int) 'c', (int) 'd', (int) 'e');
    assertThat(all.stream().filter(GenerationEvent.Started.class::isInstance)).hasSize(1);
    assertThat(all.stream().filter(ChoiceFinished.class::isInstance))
      .extracting(event -> ((ChoiceFinished) event).choice())
      .containsExactlyInAnyOrder(1, 4);
    assertThat(all.stream().filter(GenerationEvent::last)).hasSize(1);
    assertThat(((Finished) last("g")).usage().completionTokens()).isEqualTo(10);
    assertThat(((Finished) last("g")).usage().promptTokens()).isEqualTo(2);
  }

  @Test
  void oneOfSeveralAnswersThatBreaksEndsTheAttempt() throws Exception {
    start();
    PreparedPrompt poison = new PreparedPrompt(new int[] { '!' }, Letters.CONTEXT, 100);
    ask(new Command.Start(several("bad", 1, 5), Optional.of(poison)));
    eventually(() -> ended("bad"));
    eventually(() -> loop.status().active() + loop.status().waiting() == 0);
    assertThat(events("bad").stream().filter(GenerationEvent::last)).hasSize(1);
    assertThat(((Failed) last("bad")).error().code()).isEqualTo(InferenceError.ENGINE_FAILED);
  }

  /** One goes on after its first token, one is new; others have ended, or are somebody else's. */
  private static GenerateRequest several(String id, int attempt, int allowed) {
    return new GenerateRequest(
      id,
      attempt,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      5,
      List.of(),
      allowed,
      60_000,
      List.of(new Choice(1, List.of((int) 'a')), new Choice(4, List.of()))
    );
  }

  private List<Integer> ids(String id, int choice) {
    return deltas(id)
      .stream()
      .filter(delta -> delta.choice() == choice)
      .flatMap(delta -> delta.tokenIds().stream())
      .toList();
  }

  @Test
  void refusesIdsThatTheModelDoesNotHave() throws Exception {
    start();
    GenerateRequest bad = new GenerateRequest(
      "g",
      1,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      6,
      List.of(),
      List.of(99_999),
      6,
      60_000
    );
    assertThat(code(ask(new Command.Start(bad, Optional.of(Letters.prompt()))))).isEqualTo(
      InferenceError.BAD_REQUEST
    );
    generate("other", 3, 3);
    eventually(() -> ended("other"));
  }

  @Test
  void aNewAttemptEndsTheOldOneHere() throws Exception {
    start();
    generate("g", 100, 3);
    eventually(() -> text("g").equals("abc"));
    ask(new Command.Start(request("g", 2, 100, 3), Optional.of(Letters.prompt())));
    eventually(() ->
      events("g")
        .stream()
        .anyMatch(e -> e.attempt() == 1 && e.last())
    );
  }

  @Test
  void abortsWhatItsOwnerNoLongerSpeaksFor() throws Exception {
    config = config(100, 30, 2_000, 60_000, 1_000);
    start();
    generate("alone", 100, 3);
    generate("kept", 100, 3);
    long until = System.nanoTime() + 3_000_000_000L;
    while (System.nanoTime() - until < 0) {
      Thread.sleep(100);
      tell(new Command.Raise(new Allow("kept", 1, 3)));
    }
    eventually(() -> ended("alone"));
    assertThat(((Failed) last("alone")).error().code()).isEqualTo(InferenceError.OWNER_LOST);
    assertThat(ended("kept")).isFalse();
  }

  @Test
  void endsAtTheDeadline() throws Exception {
    start();
    GenerateRequest hasty = new GenerateRequest(
      "g",
      1,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      100,
      List.of(),
      List.of(),
      3,
      1_500
    );
    ask(new Command.Start(hasty, Optional.of(Letters.prompt())));
    eventually(() -> ended("g"));
    assertThat(((Finished) last("g")).reason()).isEqualTo(Reason.DEADLINE);
    assertThat(text("g")).isEqualTo("abc");
  }

  @Test
  void replaysWhatWasNotAcknowledgedToWhoAdoptsIt() throws Exception {
    start();
    generate("g", 60, 60);
    eventually(() -> ended("g"));
    List<GenerationEvent> all = events("g");
    tell(new Command.Forget(new Ack("g", 1, 2)));
    sent.clear();
    tell(new Command.Repeat(new Replay("g", 1, 1, Optional.of("hub-2"))));
    eventually(() -> sent.size() == all.size() - 2);
    assertThat(sent.stream().map(Sent::event)).containsExactlyElementsOf(
      all.subList(2, all.size())
    );
    assertThat(sent).allMatch(s -> s.owner().equals("hub-2"));
  }

  @Test
  void forgetsAnAttemptWhoseEndWasAcknowledged() throws Exception {
    start();
    generate("g", 5, 5);
    eventually(() -> ended("g"));
    assertThat(loop.idle()).isFalse();
    // An acknowledgement beyond the end is taken for the end.
    tell(new Command.Forget(new Ack("g", 1, 1_000)));
    eventually(loop::idle);
    assertThat(code(ask(new Command.Repeat(new Replay("g", 1, 1))))).isEqualTo(
      InferenceError.UNKNOWN_GENERATION
    );
  }

  @Test
  void forgetsAnEndThatNobodyAcknowledgesAfterAWhile() throws Exception {
    config = config(100, 30, 15_000, 300, 1_000);
    start();
    generate("g", 5, 5);
    eventually(() -> ended("g"));
    eventually(loop::idle);
  }

  @Test
  void keepsNoMoreUnacknowledgedEventsThanItsBound() throws Exception {
    config = config(100, 0, 15_000, 60_000, 20);
    start();
    generate("g", 1_900, 1_900);
    eventually(() -> ended("g"));
    assertThat(((Failed) last("g")).error().code()).isEqualTo(InferenceError.OWNER_LOST);
    assertThat(text("g").length()).isLessThan(1_900);
  }

  @Test
  void takesNoMoreCommandsThanItsInboxHolds() throws Exception {
    stepTime = Duration.ofMillis(300);
    config = config(2, 30, 15_000, 60_000, 1_000);
    start();
    generate("g", 100, 100);
    Thread.sleep(50);
    int taken = 0;
    while (taken < 10 && loop.offer(new Command(new Command.Raise(allow()), _ -> {}))) {
      taken++;
    }
    assertThat(taken).isBetween(1, 4);
  }

  @Test
  void refusesWhatTheQueueDoesNotHold() throws Exception {
    engine = engine.withMaxBatch(1).withMaxWaiting(1);
    start();
    generate("a", 100, 3);
    generate("b", 100, 3);
    assertThat(code(generate("c", 100, 3))).isEqualTo(InferenceError.OVERLOADED);
    assertThat(events("c")).isEmpty();
    tell(new Command.Stop(new Cancel("a", 1)));
    eventually(() -> text("b").equals("abc"));
  }

  @Test
  void oneThatBreaksItsStepTakesNoOtherWithIt() throws Exception {
    start();
    PreparedPrompt poison = new PreparedPrompt(new int[] { '!' }, Letters.CONTEXT, 100);
    generate("good", 300, 300);
    ask(new Command.Start(request("bad", 1, 9, 9), Optional.of(poison)));
    eventually(() -> ended("bad") && ended("good"));
    assertThat(((Failed) last("bad")).error().code()).isEqualTo(InferenceError.ENGINE_FAILED);
    assertThat(((Finished) last("good")).reason()).isEqualTo(Reason.LENGTH);
  }

  @Test
  void aLeavingNodeRefusesWhatIsNewAndFailsWhatIsLeftForAnother() throws Exception {
    start();
    generate("g", 100, 3);
    eventually(() -> text("g").equals("abc"));
    loop.leave();
    assertThat(code(generate("late", 5, 5))).isEqualTo(InferenceError.LEAVING);
    assertThat(ended("g")).isFalse();
    loop.evict();
    eventually(() -> ended("g"));
    assertThat(((Failed) last("g")).error().code()).isEqualTo(InferenceError.NODE_LEAVING);
    assertThat(ids("g")).containsExactly((int) 'a', (int) 'b', (int) 'c');
  }

  @Test
  void warmsUpWithoutAnybodyHearingIt() throws Exception {
    config = LoopConfig.defaults();
    start();
    assertThat(sent).isEmpty();
    assertThat(loop.status().active()).isZero();
    generate("g", 3, 3);
    eventually(() -> ended("g"));
    assertThat(text("g")).isEqualTo("abc");
  }

  /** All times in milliseconds. */
  private static LoopConfig config(
    int inbox,
    int merge,
    int ownerSilence,
    int keepEnded,
    int maxKeptEvents
  ) {
    return new LoopConfig(
      inbox,
      Duration.ofMillis(merge),
      Duration.ofMillis(ownerSilence),
      Duration.ofMillis(keepEnded),
      maxKeptEvents,
      Duration.ZERO
    );
  }

  private static Allow allow() {
    return new Allow("g", 1, 5);
  }

  private void start() throws Exception {
    loop = new EngineLoop(
      "letters",
      () -> Letters.engine(stepTime, engine),
      new Turnstile.PerDevice(),
      (owner, event) -> sent.add(new Sent(owner, event)),
      config,
      System::nanoTime
    );
    loop.start().get(10, TimeUnit.SECONDS);
  }

  private GenerateReply generate(String id, int maxNewTokens, int allowed) throws Exception {
    return ask(
      new Command.Start(request(id, 1, maxNewTokens, allowed), Optional.of(Letters.prompt()))
    );
  }

  private static GenerateRequest request(String id, int attempt, int maxNewTokens, int allowed) {
    return new GenerateRequest(
      id,
      attempt,
      "hub-1",
      Optional.empty(),
      Sampling.greedy(),
      maxNewTokens,
      List.of(),
      List.of(),
      allowed,
      60_000
    );
  }

  private GenerateReply ask(Command.Order order) throws Exception {
    CompletableFuture<GenerateReply> reply = new CompletableFuture<>();
    assertThat(loop.offer(new Command(order, reply::complete))).isTrue();
    return reply.get(5, TimeUnit.SECONDS);
  }

  private void tell(Command.Order order) throws Exception {
    assertThat(ask(order)).isEqualTo(new GenerateReply.Accepted());
  }

  private static GenerateReply refused(String code) {
    return new GenerateReply.Refused(InferenceError.of(code));
  }

  private static String code(GenerateReply reply) {
    return ((GenerateReply.Refused) reply).error().code();
  }

  private List<GenerationEvent> events(String id) {
    return sent
      .stream()
      .map(Sent::event)
      .filter(event -> event.generationId().equals(id))
      .toList();
  }

  private List<Delta> deltas(String id) {
    return events(id).stream().filter(Delta.class::isInstance).map(Delta.class::cast).toList();
  }

  private String text(String id) {
    StringBuilder text = new StringBuilder();
    deltas(id).forEach(delta -> text.append(delta.text()));
    return text.toString();
  }

  private List<Integer> ids(String id) {
    List<Integer> ids = new ArrayList<>();
    deltas(id).forEach(delta -> ids.addAll(delta.tokenIds()));
    return ids;
  }

  private GenerationEvent last(String id) {
    return events(id).getLast();
  }

  private boolean ended(String id) {
    List<GenerationEvent> events = events(id);
    return !events.isEmpty() && events.getLast().last();
  }

  private static List<Long> upTo(int n) {
    List<Long> numbers = new ArrayList<>();
    for (long i = 1; i <= n; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  private static void eventually(BooleanSupplier holds) throws InterruptedException {
    long until = System.nanoTime() + 10_000_000_000L;
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(until);
      Thread.sleep(5);
    }
  }
}
