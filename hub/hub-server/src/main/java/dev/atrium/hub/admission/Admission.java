package dev.atrium.hub.admission;

import dev.atrium.api.ModelView;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A request that was checked: only {@link AdmissionControl} makes one. */
public final class Admission {

  private final ModelView model;
  private final UUID departmentId;
  private final Inspector.Inspected inspected;
  private final Set<Kind> confirmed;
  private final List<Draft.File> files;

  Admission(
    ModelView model,
    UUID departmentId,
    Inspector.Inspected inspected,
    Set<Kind> confirmed,
    List<Draft.File> files
  ) {
    this.model = model;
    this.departmentId = departmentId;
    this.inspected = inspected;
    this.confirmed = Set.copyOf(confirmed);
    this.files = List.copyOf(files);
  }

  /** The model that answers. */
  public ModelView model() {
    return model;
  }

  /** The user's department at this moment. */
  public UUID departmentId() {
    return departmentId;
  }

  /** The files of a new prompt, those that are kept among them. */
  public List<Draft.File> files() {
    return files;
  }

  /** What the model is to see in place of what. */
  public Pseudonyms pseudonyms() {
    return inspected.screening().pseudonyms();
  }

  /** Kinds of sensitive data that the writer has confirmed with this request. */
  public Set<Kind> confirmed() {
    return confirmed;
  }

  /** The messages that are there and that the confirmation is about as well. */
  public List<UUID> confirmedMessages() {
    return inspected.earlier();
  }
}
