package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Waits;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a hub looks for what another one has left behind. */
class OwnershipTest {

  /** Well below the half second after which a hub looks in any case. */
  private static final Duration SOON = Duration.ofMillis(450);

  private final Leases leases = new Leases();
  private final Orphans orphans = new Orphans();
  private final AtomicInteger hubsGone = new AtomicInteger();
  private Vertx vertx;
  private Ownership ownership;

  @BeforeEach
  void create() {
    vertx = Vertx.vertx();
    ownership = new Ownership(
      vertx,
      leases,
      orphans,
      new Running(),
      "hub-a",
      "http://a",
      new Ownership.Listener() {
        @Override
        public void claimed(Orphan orphan) {
          throw new AssertionError("nothing is claimed here");
        }

        @Override
        public void stoodStill() {
          // A slow machine may make it so.
        }

        @Override
        public void hubGone() {
          hubsGone.incrementAndGet();
        }
      }
    );
  }

  @AfterEach
  void close() throws Exception {
    Waits.get(vertx.close());
  }

  /** Starts it; the moment it began. */
  private long start() throws Exception {
    VerticleBase verticle = new VerticleBase() {
      @Override
      public Future<?> start() {
        return ownership.start();
      }
    };
    long begun = System.nanoTime();
    Waits.get(
      vertx.deployVerticle(
        verticle,
        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)
      )
    );
    return begun;
  }

  @Test
  void looksForOrphansTheMomentALeaseEndsThatIsNotRenewed() throws Exception {
    leases.next(Set.of("hub-b"), 50);
    leases.next(Set.of(), 0);

    long begun = start();

    Waits.until("it looks", () -> !orphans.looks.isEmpty());
    assertThat(Duration.ofNanos(orphans.looks.peek() - begun)).isBetween(
      Duration.ofMillis(50),
      SOON
    );
    Waits.until("it tells that a hub is gone", () -> hubsGone.get() == 1);
    assertThat(ownership.otherHubs()).isEmpty();
  }

  @Test
  void looksNoSoonerThanUsualWhileTheOthersRenew() throws Exception {
    leases.next(Set.of("hub-b"), 3_900);

    long begun = start();

    Waits.until("it looks", () -> !orphans.looks.isEmpty());
    assertThat(Duration.ofNanos(orphans.looks.peek() - begun)).isGreaterThan(SOON);
    assertThat(hubsGone).hasValue(0);
    assertThat(ownership.otherHubs()).containsExactly("hub-b");
  }

  @Test
  void looksAgainWhenItIsAskedToInTheMiddleOfALook() throws Exception {
    leases.next(Set.of("hub-b"), 3_900);
    Promise<List<Orphan>> slow = Promise.promise();
    orphans.answer = slow.future();
    start();
    Waits.until("it looks", () -> orphans.looks.size() == 1);

    ownership.sweep();
    orphans.answer = Future.succeededFuture(List.of());
    slow.complete(List.of());
    long answered = System.nanoTime();

    Waits.until("it looks again", () -> orphans.looks.size() == 2);
    assertThat(Duration.ofNanos(List.copyOf(orphans.looks).getLast() - answered)).isLessThan(SOON);
  }

  /** Says what it is told to say, the last of it for ever. */
  private static final class Leases implements LeaseStore {

    private final Queue<Lease> answers = new ConcurrentLinkedQueue<>();

    void next(Set<String> others, long endsInMillis) {
      Optional<Duration> end = Optional.of(Duration.ofMillis(endsInMillis)).filter(_ ->
        !others.isEmpty()
      );
      answers.add(new Lease(others, end, false));
    }

    @Override
    public Future<Lease> renew(String hubId, String url, boolean first) {
      return Future.succeededFuture(answers.size() > 1 ? answers.poll() : answers.peek());
    }

    @Override
    public Future<Set<String>> leave(String hubId) {
      return Future.succeededFuture(Set.of());
    }

    @Override
    public Future<Void> drop(String hubId) {
      return Future.succeededFuture();
    }
  }

  /** Notes when somebody looks. */
  private static final class Orphans implements OrphanStore {

    private final Queue<Long> looks = new ConcurrentLinkedQueue<>();
    private volatile Future<List<Orphan>> answer = Future.succeededFuture(List.of());

    @Override
    public Future<List<Orphan>> adopt(String hubId, int limit, Collection<UUID> running) {
      looks.add(System.nanoTime());
      return answer;
    }

    @Override
    public Future<Set<UUID>> owned(Collection<Guard> guards) {
      return Future.succeededFuture(Set.of());
    }

    @Override
    public Future<Set<UUID>> settled(Collection<UUID> generationIds) {
      return Future.succeededFuture(Set.of());
    }

    @Override
    public Future<Boolean> requestStop(UUID userId, UUID generationId) {
      return Future.succeededFuture(false);
    }
  }
}
