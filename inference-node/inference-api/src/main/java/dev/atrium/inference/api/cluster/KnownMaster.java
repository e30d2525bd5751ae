package dev.atrium.inference.api.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.internal.cluster.impl.ClusterServiceImpl;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a member that has joined knows its master.
 *
 * <p>The thread that looks for a cluster forgets the master before it asks again, and does so even
 * if the answer has come in between: {@code ClusterServiceImpl.setMasterAddressToJoin} of Hazelcast
 * 5.6 warns that the member has joined already, and goes on. Such a member takes nothing from its
 * master, neither partitions nor members, until the master changes; its own operations wait for
 * partitions and are given up. It happens where an answer takes as long as a try, that is on busy
 * machines (ADR 9).
 */
final class KnownMaster implements LifecycleListener, HazelcastInstanceAware {

  private static final Logger LOG = LoggerFactory.getLogger(KnownMaster.class);

  private volatile HazelcastInstance hazelcast;

  @Override
  public void setHazelcastInstance(HazelcastInstance instance) {
    hazelcast = instance;
  }

  @Override
  public void stateChanged(LifecycleEvent event) {
    switch (event.getState()) {
      case STARTED, MERGED -> remember(
        ((HazelcastInstanceImpl) hazelcast).node.getClusterService()
      );
      default -> {
        // Nobody has joined.
      }
    }
  }

  private static void remember(ClusterServiceImpl cluster) {
    try {
      ReentrantLock lock = lock(cluster);
      lock.lock();
      try {
        if (cluster.isJoined() && cluster.getMasterAddress() == null) {
          // The oldest member leads, and it is the first of all.
          Address master = cluster.getMembers().iterator().next().getAddress();
          setter().invoke(cluster, master);
          LOG.warn("joined without a master: it is {}", master);
        }
      } finally {
        lock.unlock();
      }
    } catch (ReflectiveOperationException e) {
      // Another version of Hazelcast than this was written for.
      LOG.error("the master can't be looked after", e);
    }
  }

  private static ReentrantLock lock(ClusterServiceImpl cluster)
    throws ReflectiveOperationException {
    Field lock = ClusterServiceImpl.class.getDeclaredField("clusterServiceLock");
    lock.setAccessible(true);
    return (ReentrantLock) lock.get(cluster);
  }

  private static Method setter() throws ReflectiveOperationException {
    Method setter = ClusterServiceImpl.class.getDeclaredMethod("setMasterAddress", Address.class);
    setter.setAccessible(true);
    return setter;
  }
}
