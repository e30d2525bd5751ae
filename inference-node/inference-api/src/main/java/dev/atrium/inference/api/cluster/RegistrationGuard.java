package dev.atrium.inference.api.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.multimap.MultiMap;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastNodeInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cluster's map of bus subscriptions right again after a partition: what this process has
 * registered is in it, what it has not is not, and, by the oldest member alone, what belongs to
 * nobody is removed.
 *
 * <p>The map is compared a few times after each {@link #wake}, since a member that was slow to notice
 * a partition may still remove registrations of one that is back, and every 5 s in any case, since a
 * single link can swallow a change without any member being lost. A comparison reads the whole map,
 * some hundred entries, on a thread of its own.
 */
final class RegistrationGuard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RegistrationGuard.class);

  private static final String NODE_ID = "__vertx.nodeId";
  /** Pauses before the comparisons that follow a change; the last one repeats. */
  private static final long[] PAUSES_MS = { 250, 750, 1_500, 2_500, 5_000 };
  /** How long nobody must have seen a member before its registrations go. */
  private static final long GONE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private final HazelcastInstance hazelcast;
  private final String nodeId;
  private final Set<Registration> own;
  private final AddressBook book;
  private final Runnable publishInfo;
  private final MultiMap<String, HazelcastRegistrationInfo> subscriptions;
  private final IMap<String, HazelcastNodeInfo> infos;
  private final Map<String, Long> gone = new HashMap<>();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
    Thread.ofPlatform().daemon().name("bus-guard").factory()
  );
  private volatile boolean merging;
  private boolean listening;
  private Future<?> next;
  private int step;

  /**
   * Begins to watch.
   *
   * @param own what this process has registered, kept up to date by the owner
   * @param book is told of what others have registered, and where they listen
   * @param publishInfo puts this process's bus address into the cluster's map again
   */
  RegistrationGuard(
    HazelcastInstance hazelcast,
    String nodeId,
    Set<Registration> own,
    AddressBook book,
    Runnable publishInfo
  ) {
    this.hazelcast = hazelcast;
    this.nodeId = nodeId;
    this.own = own;
    this.book = book;
    this.publishInfo = publishInfo;
    this.subscriptions = hazelcast.getMultiMap("__vertx.subs");
    this.infos = hazelcast.getMap("__vertx.nodeInfo");
    schedule();
  }

  /** Something happened between the members: compares soon, and a few times more. */
  synchronized void wake() {
    step = 0;
    // While a comparison runs there is nothing to cancel, and its end schedules by this step.
    if (next != null && next.cancel(false)) {
      schedule();
    }
  }

  /** This side of a partition gives up its maps and joins the other: till then it knows nobody else. */
  void merging() {
    merging = true;
  }

  /** The merge is over, for good or bad. */
  void merged() {
    merging = false;
    wake();
  }

  /** Stops watching; must come before Hazelcast is stopped, and takes the listener along with it. */
  @Override
  public synchronized void close() {
    var _ = thread.shutdownNow();
  }

  private synchronized void schedule() {
    if (!thread.isShutdown()) {
      // Jitter, so that the members do not all read the map at the same moment.
      long pause = PAUSES_MS[step];
      long jittered = (pause * 3) / 4 + ThreadLocalRandom.current().nextLong(pause / 2);
      next = thread.schedule(this::run, jittered, TimeUnit.MILLISECONDS);
    }
  }

  private void run() {
    synchronized (this) {
      step = Math.min(step + 1, PAUSES_MS.length - 1);
      next = null;
    }
    try {
      if (!merging) {
        compare();
      }
    } catch (RuntimeException e) {
      // In the middle of a partition the map may not answer.
      LOG.debug("bus registrations could not be compared", e);
      retrySoon();
    } finally {
      schedule();
    }
  }

  private synchronized void retrySoon() {
    step = Math.min(step, 2);
  }

  private void compare() {
    if (!listening) {
      var _ = subscriptions.addEntryListener(new Changes(), true);
      listening = true;
    }
    Set<Map.Entry<String, HazelcastRegistrationInfo>> entries = subscriptions.entrySet();
    note(entries);
    int restored = restore(entries);
    int left = removeLeftovers(entries);
    int stale = removeGone(entries);
    boolean unknown = !infos.containsKey(nodeId);
    if (unknown) {
      publishInfo.run();
    }
    if (restored + left + stale > 0) {
      LOG.warn(
        "bus registrations repaired: {} of this process restored, {} removed; {} of members that" +
        " are gone removed",
        restored,
        left,
        stale
      );
    }
  }

  /** Whoever has to send something finds its way by this while the maps can't be asked. */
  private void note(Set<Map.Entry<String, HazelcastRegistrationInfo>> entries) {
    book.replace(entries.stream().map(RegistrationGuard::registration).toList());
    Set<String> members = members();
    book.retain(members);
    members.removeIf(member -> book.node(member).isPresent());
    infos.getAll(members).forEach((member, info) -> book.put(member, info.unwrap()));
  }

  private int restore(Set<Map.Entry<String, HazelcastRegistrationInfo>> entries) {
    Set<Registration> known = new HashSet<>();
    entries.forEach(entry -> known.add(registration(entry)));
    int restored = 0;
    for (Registration registration : own) {
      // The second look is for a consumer that has only just been registered.
      if (!known.contains(registration) && !contains(registration)) {
        var _ = subscriptions.put(registration.address(), value(registration));
        restored++;
        if (!own.contains(registration)) {
          var _ = subscriptions.remove(registration.address(), value(registration));
        }
      }
    }
    return restored;
  }

  private int removeLeftovers(Set<Map.Entry<String, HazelcastRegistrationInfo>> entries) {
    int removed = 0;
    for (Map.Entry<String, HazelcastRegistrationInfo> entry : entries) {
      boolean mine = entry.getValue().unwrap().nodeId().equals(nodeId);
      if (mine && !own.contains(registration(entry))) {
        removed += remove(entry);
      }
    }
    return removed;
  }

  /** Members that join are in the list of members before they can write into the map. */
  private int removeGone(Set<Map.Entry<String, HazelcastRegistrationInfo>> entries) {
    Set<String> ids = new HashSet<>(infos.keySet());
    entries.forEach(entry -> ids.add(entry.getValue().unwrap().nodeId()));
    ids.removeAll(members());
    gone.keySet().retainAll(ids);
    long now = System.nanoTime();
    ids.forEach(id -> gone.putIfAbsent(id, now));
    ids.removeIf(id -> now - gone.get(id) < GONE_NANOS);
    if (ids.isEmpty() || !oldest()) {
      return 0;
    }
    int removed = 0;
    for (Map.Entry<String, HazelcastRegistrationInfo> entry : entries) {
      if (ids.contains(entry.getValue().unwrap().nodeId())) {
        removed += remove(entry);
      }
    }
    ids.forEach(infos::delete);
    return removed;
  }

  private int remove(Map.Entry<String, HazelcastRegistrationInfo> entry) {
    return subscriptions.remove(entry.getKey(), entry.getValue()) ? 1 : 0;
  }

  private boolean contains(Registration registration) {
    return subscriptions.containsEntry(registration.address(), value(registration));
  }

  private Set<String> members() {
    Set<String> ids = new HashSet<>();
    for (Member member : hazelcast.getCluster().getMembers()) {
      ids.add(member.getAttribute(NODE_ID));
    }
    return ids;
  }

  private boolean oldest() {
    return hazelcast.getCluster().getMembers().iterator().next().localMember();
  }

  private static HazelcastRegistrationInfo value(Registration registration) {
    return new HazelcastRegistrationInfo(registration.info());
  }

  private static Registration registration(Map.Entry<String, HazelcastRegistrationInfo> entry) {
    return new Registration(entry.getKey(), entry.getValue().unwrap());
  }

  /** The book is kept up to date, and a living registration that somebody removes is looked at. */
  private final class Changes extends EntryAdapter<String, HazelcastRegistrationInfo> {

    @Override
    public void entryAdded(EntryEvent<String, HazelcastRegistrationInfo> event) {
      book.add(new Registration(event.getKey(), event.getValue().unwrap()));
    }

    @Override
    public void entryRemoved(EntryEvent<String, HazelcastRegistrationInfo> event) {
      HazelcastRegistrationInfo value = event.getOldValue();
      if (value == null) {
        return;
      }
      Registration removed = new Registration(event.getKey(), value.unwrap());
      book.remove(removed);
      if (own.contains(removed)) {
        wake();
      }
    }
  }
}
