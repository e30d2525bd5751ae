package dev.atrium.hub.generation;

import java.util.UUID;

/** Every write to a generation names who thinks to own it and since when; nobody else's write has an effect. */
record Guard(UUID generationId, String owner, int epoch) {}
