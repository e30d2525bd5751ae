package dev.atrium.inference.api.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.LifecycleEvent;
import io.vertx.core.Completable;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Vert.x's own manager, which notes what this process has registered and lets a {@link
 * RegistrationGuard} compare the cluster's map with it whenever members come, go or merge.
 */
final class GuardedClusterManager extends HazelcastClusterManager {

  private final Set<Registration> own = ConcurrentHashMap.newKeySet();
  private volatile RegistrationGuard guard;

  GuardedClusterManager(Config config) {
    super(config);
  }

  @Override
  public void join(Completable<Void> joined) {
    super.join((nothing, failure) -> {
      if (failure == null) {
        guard = new RegistrationGuard(getHazelcastInstance(), getNodeId(), own, this::publishInfo);
      }
      joined.complete(nothing, failure);
    });
  }

  @Override
  public void leave(Completable<Void> left) {
    RegistrationGuard running = guard;
    if (running != null) {
      running.close();
    }
    super.leave(left);
  }

  // The note is there before the map's entry and gone before it, so that an entry of this process
  // without a note is always one that should have been removed.

  @Override
  public void addRegistration(String address, RegistrationInfo info, Completable<Void> added) {
    if (!info.localOnly()) {
      own.add(new Registration(address, info));
    }
    super.addRegistration(address, info, added);
  }

  @Override
  public void removeRegistration(String address, RegistrationInfo info, Completable<Void> removed) {
    own.remove(new Registration(address, info));
    super.removeRegistration(address, info, removed);
  }

  @Override
  public void memberAdded(MembershipEvent event) {
    super.memberAdded(event);
    wake();
  }

  @Override
  public void memberRemoved(MembershipEvent event) {
    super.memberRemoved(event);
    wake();
  }

  @Override
  public void stateChanged(LifecycleEvent event) {
    super.stateChanged(event);
    wake();
  }

  private void publishInfo() {
    if (getNodeInfo() != null) {
      setNodeInfo(getNodeInfo(), (_, _) -> {});
    }
  }

  private void wake() {
    RegistrationGuard running = guard;
    if (running != null) {
      running.wake();
    }
  }
}
