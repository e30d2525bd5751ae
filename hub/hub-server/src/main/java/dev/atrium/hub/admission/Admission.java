package dev.atrium.hub.admission;

import dev.atrium.api.ModelView;
import java.util.UUID;

/** A request that was checked: only {@link AdmissionControl} makes one. */
public final class Admission {

  private final ModelView model;
  private final UUID departmentId;

  Admission(ModelView model, UUID departmentId) {
    this.model = model;
    this.departmentId = departmentId;
  }

  /** The model that answers. */
  public ModelView model() {
    return model;
  }

  /** The user's department at this moment. */
  public UUID departmentId() {
    return departmentId;
  }
}
