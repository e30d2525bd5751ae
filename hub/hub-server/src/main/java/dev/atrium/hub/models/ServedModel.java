package dev.atrium.hub.models;

/** A model that some node has right now; the context length in tokens. */
public record ServedModel(String name, int contextLength) {}
