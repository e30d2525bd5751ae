/**
 * The door between the engine and whatever runs a network: {@link dev.atrium.engine.model.ModelRunner}
 * and the plain types that pass through it. Nothing here knows of tensors or of text.
 */
package dev.atrium.engine.model;
