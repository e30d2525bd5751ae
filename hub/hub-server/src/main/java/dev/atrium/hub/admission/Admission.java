package dev.atrium.hub.admission;

import dev.atrium.api.ModelView;

/** A prompt that was checked: only {@link AdmissionControl} makes one. */
public final class Admission {

  private final ModelView model;
  private final String text;

  Admission(ModelView model, String text) {
    this.model = model;
    this.text = text;
  }

  /** The model that answers. */
  public ModelView model() {
    return model;
  }

  /** The text as it was checked. */
  public String text() {
    return text;
  }
}
