package dev.atrium.hub.conversation;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list.
 *
 * @param next the cursor of the part after it; empty at the end
 */
public record Page<T>(List<T> items, Optional<String> next) {}
