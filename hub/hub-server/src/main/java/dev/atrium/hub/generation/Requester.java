package dev.atrium.hub.generation;

import java.util.UUID;

/** On whose behalf something is done; {@code address} is the network peer's, for the audit. */
public record Requester(UUID userId, UUID departmentId, String name, String address) {
  /** The same, in the department that the user has now. */
  Requester in(UUID department) {
    return new Requester(userId, department, name, address);
  }
}
