package dev.atrium.hub.budget;

import java.util.UUID;

/**
 * What an attempt may use.
 *
 * @param allowedTokens tokens of this attempt's answer that are paid for, counted from 1; no node
 *     may be told to decode past it
 * @param reservedMicros micro-units held in every account that pays
 */
public record Reservation(UUID generationId, int attempt, int allowedTokens, long reservedMicros) {}
