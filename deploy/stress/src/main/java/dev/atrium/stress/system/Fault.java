package dev.atrium.stress.system;

import java.util.Locale;
import java.util.Optional;

/** What may happen to the system. */
public enum Fault {
  /** SIGKILL of a node. */
  KILL_NODE,
  /** SIGKILL of a hub. */
  KILL_HUB,
  /** SIGKILL of a hub and a node at once: what was shown and not stored yet may be taken back. */
  KILL_BOTH,
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

  /** Whether a hub is among its victims. */
  public boolean hitsHub() {
    return switch (this) {
      case KILL_HUB, KILL_BOTH, STOP_HUB, TERM_HUB, LINK -> true;
      default -> false;
    };
  }

  /** Whether a node is among those that have to be started again. */
  public boolean hitsNode() {
    return this == KILL_NODE || this == KILL_BOTH || this == TERM_NODE;
  }

  /** Whether a process is killed. */
  public boolean kills() {
    return this == KILL_NODE || this == KILL_HUB || this == KILL_BOTH;
  }

  /** Whether the victim has to be started again. */
  boolean endsProcess() {
    return this != STOP_HUB && this != LINK && this != CUT_LINES;
  }
}
