package dev.atrium.hub.conversation;

import java.util.UUID;

/**
 * A wish for another answer beside one that is there.
 *
 * @param clientMessageId made by the client; a second wish with it is the same wish
 * @param answerId the answer that is there
 * @param model the model that will answer
 */
public record NewRetry(UUID userId, UUID clientMessageId, UUID answerId, String model) {}
