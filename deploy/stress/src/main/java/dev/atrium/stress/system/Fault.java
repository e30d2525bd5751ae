package dev.atrium.stress.system;

import java.util.Locale;
import java.util.Optional;

/** What may happen to the system. */
public enum Fault {
  /** SIGKILL of a node. */
  KILL_NODE,
  /** SIGKILL of a hub. */
  KILL_HUB,
  /** SIGSTOP of a hub for longer than its lease, then SIGCONT. */
  STOP_HUB,
  /** SIGTERM of a hub, which leaves in order. */
  TERM_HUB,
  /** SIGTERM of a node, which leaves in order. */
  TERM_NODE,
  /** The database ends at once, as after a power cut, and is started again. */
  DATABASE,
  /** The network between a hub and another member breaks for a few seconds. */
  LINK,
  /** A third of the readers lose their network for a while; no process is hit. */
  CUT_LINES;

  /** The name on the command line. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The fault of that name. */
  public static Optional<Fault> of(String wire) {
    for (Fault fault : values()) {
      if (fault.wire().equals(wire)) {
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }

  /** Whether its victim is a hub. */
  public boolean hitsHub() {
    return this == KILL_HUB || this == STOP_HUB || this == TERM_HUB || this == LINK;
  }

  /** Whether the victim has to be started again. */
  boolean endsProcess() {
    return this != STOP_HUB && this != LINK && this != CUT_LINES;
  }
}
