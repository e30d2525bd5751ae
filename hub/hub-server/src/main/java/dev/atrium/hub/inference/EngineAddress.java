package dev.atrium.hub.inference;

/** Where an engine is spoken to, whether it is heard at the moment or not. */
public record EngineAddress(String nodeId, String engineId) {}
