package dev.atrium.hub.models;

import io.vertx.core.Future;
import java.util.List;

/** The rows of models. */
interface ModelStore {
  /** Every model for chat, disabled ones too. */
  Future<List<ModelRow>> all();

  /** Adds a model that a node was heard with; one that is there stays as it is. */
  Future<Void> addIfMissing(ModelRow row);
}
