package dev.atrium.inference.api.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import io.vertx.core.Completable;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Vert.x's own manager, which notes what this process has registered and lets a {@link
 * RegistrationGuard} compare the cluster's map with it whenever members come, go or merge.
 *
 * <p>Whenever a member is lost Vert.x forgets where everybody listens, and every message waits until
 * its address was looked up again, in a map whose owners have just changed. Here the {@link
 * AddressBook} answers, and the map is asked afterwards.
 */
final class GuardedClusterManager extends HazelcastClusterManager {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedClusterManager.class);
  /** Where Vert.x keeps a member's id; a private constant of its manager. */
  private static final String MEMBER_ID = "__vertx.nodeId";
  private static final Set<LifecycleState> MERGE_ENDS = EnumSet.of(
    LifecycleState.MERGED,
    LifecycleState.MERGE_FAILED
  );

  private final Set<Registration> own = ConcurrentHashMap.newKeySet();
  private final List<Consumer<String>> leaveListeners = new CopyOnWriteArrayList<>();
  private final AddressBook book = new AddressBook();
  /** Addresses that have had a consumer for this process alone: no map of the cluster names those. */
  private final Set<String> local = ConcurrentHashMap.newKeySet();
  private volatile RegistrationListener listener = new RegistrationListener() {};
  private volatile RegistrationGuard guard;
  private volatile boolean leaving;
  private volatile Runnable onEnded = () -> {};

  GuardedClusterManager(Config config) {
    super(config);
  }

  @Override
  public void join(Completable<Void> joined) {
    super.join((nothing, failure) -> {
      if (failure == null) {
        guard = new RegistrationGuard(
          getHazelcastInstance(),
          getNodeId(),
          own,
          book,
          this::publishInfo
        );
      }
      joined.complete(nothing, failure);
    });
  }

  @Override
  public void leave(Completable<Void> left) {
    leaving = true;
    tell(RegistrationGuard::close);
    super.leave(left);
  }

  /** Ends at once what could not be joined with. */
  void abandon() {
    HazelcastInstance hazelcast = getHazelcastInstance();
    if (hazelcast != null) {
      hazelcast.getLifecycleService().terminate();
    }
  }

  // The note is there before the map's entry and gone before it, so that an entry of this process
  // without a note is always one that should have been removed.

  @Override
  public void addRegistration(String address, RegistrationInfo info, Completable<Void> added) {
    Registration registration = new Registration(address, info);
    if (info.localOnly()) {
      local.add(address);
    } else {
      own.add(registration);
    }
    Completable<Void> done = wakingOnFailure((nothing, failure) -> {
      if (failure == null && !info.localOnly() && !own.contains(registration)) {
        // It was closed while an attempt was on its way, and that attempt may have come last.
        super.removeRegistration(address, info, (_, _) -> added.succeed());
      } else {
        added.complete(nothing, failure);
      }
    });
    attempt(once -> super.addRegistration(address, info, once), done);
  }

  @Override
  public void setNodeInfo(NodeInfo info, Completable<Void> set) {
    attempt(once -> super.setNodeInfo(info, once), set);
  }

  /** Does what may be done twice, until it is done or fails for another reason than time. */
  private static void attempt(Consumer<Completable<Void>> put, Completable<Void> done) {
    attempt(put, done, System.nanoTime() + Cluster.PATIENCE.toNanos());
  }

  private static void attempt(
    Consumer<Completable<Void>> put,
    Completable<Void> done,
    long untilNanos
  ) {
    put.accept((nothing, failure) -> {
      if (Cluster.slow(failure) && System.nanoTime() - untilNanos < 0) {
        attempt(put, done, untilNanos);
      } else {
        done.complete(nothing, failure);
      }
    });
  }

  @Override
  public void removeRegistration(String address, RegistrationInfo info, Completable<Void> removed) {
    own.remove(new Registration(address, info));
    super.removeRegistration(address, info, wakingOnFailure(removed));
  }

  @Override
  public void registrationListener(RegistrationListener registrationListener) {
    listener = registrationListener;
    super.registrationListener(registrationListener);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> got) {
    List<RegistrationInfo> known = local.contains(address)
      ? List.of()
      : book.consumers(address, getNodes());
    if (known.isEmpty()) {
      super.getRegistrations(address, got);
      return;
    }
    got.succeed(known);
    super.getRegistrations(address, (found, failure) -> {
      if (failure == null && !Set.copyOf(found).equals(Set.copyOf(known))) {
        listener.registrationsUpdated(new RegistrationUpdateEvent(address, found));
      }
    });
  }

  /** Whether messages to that member's consumer find their way without the cluster's maps. */
  boolean isKnown(String address, String nodeId) {
    return isKnown(nodeId) && !book.consumers(address, List.of(nodeId)).isEmpty();
  }

  /** Whether it is known where that member listens, so that it can be replied to. */
  boolean isKnown(String nodeId) {
    return book.node(nodeId).isPresent();
  }

  @Override
  public void getNodeInfo(String nodeId, Completable<NodeInfo> got) {
    book
      .node(nodeId)
      .ifPresentOrElse(got::succeed, () ->
        super.getNodeInfo(nodeId, (info, failure) -> {
          if (failure == null) {
            book.put(nodeId, info);
          }
          got.complete(info, failure);
        })
      );
  }

  /** What the map did not take now, the guard brings into it later. */
  private Completable<Void> wakingOnFailure(Completable<Void> done) {
    return (nothing, failure) -> {
      if (failure != null) {
        tell(RegistrationGuard::wake);
      }
      done.complete(nothing, failure);
    };
  }

  @Override
  public void memberAdded(MembershipEvent event) {
    super.memberAdded(event);
    tell(RegistrationGuard::wake);
  }

  void onEnded(Runnable listener) {
    onEnded = listener;
  }

  void onMemberLeft(Consumer<String> listener) {
    leaveListeners.add(listener);
  }

  @Override
  public void memberRemoved(MembershipEvent event) {
    // First: Vert.x mends the map of registrations, which takes as long as others do with theirs.
    String left = event.getMember().getAttribute(MEMBER_ID);
    if (left != null) {
      leaveListeners.forEach(listener -> listener.accept(left));
    }
    super.memberRemoved(event);
    tell(RegistrationGuard::wake);
  }

  @Override
  public void stateChanged(LifecycleEvent event) {
    LifecycleState state = event.getState();
    if (state == LifecycleState.MERGING) {
      tell(RegistrationGuard::merging);
    } else if (MERGE_ENDS.contains(state)) {
      // First: Vert.x mends the maps now, which takes as long as others do with theirs, and may fail.
      tell(RegistrationGuard::merged);
    } else if (state == LifecycleState.SHUTTING_DOWN && !leaving) {
      onEnded.run();
    }
    try {
      super.stateChanged(event);
    } catch (RuntimeException e) {
      // Others hear of this event after us. The guard mends the maps; what Vert.x had still to do
      // is to forget where it believes that everybody listens.
      LOG.warn("registrations not mended after a merge, which the guard does: {}", e.toString());
      listener.registrationsLost();
    }
  }

  private void publishInfo() {
    if (getNodeInfo() != null) {
      setNodeInfo(getNodeInfo(), (_, _) -> {});
    }
  }

  private void tell(Consumer<RegistrationGuard> message) {
    RegistrationGuard running = guard;
    if (running != null) {
      message.accept(running);
    }
  }
}
