package dev.atrium.hub.models;

import dev.atrium.api.ModelView;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that users may choose: the enabled rows of the database, and which of them a node has
 * right now. A model that is heard for the first time gets a row by itself. The list is held in
 * memory, so reading it never waits; without the database the last one known stays.
 */
public final class ModelCatalogue {

  private static final Logger log = LoggerFactory.getLogger(ModelCatalogue.class);

  private final ModelStore store;
  private final List<Consumer<List<ModelView>>> listeners = new CopyOnWriteArrayList<>();
  private Map<String, ModelRow> rows = Map.of();
  private Map<String, ServedModel> served = Map.of();
  private volatile List<ModelView> views = List.of();

  ModelCatalogue(ModelStore store) {
    this.store = store;
  }

  /** Over the tables of this hub's database; empty until the first {@link #refresh}. */
  public static ModelCatalogue create(Db db) {
    return new ModelCatalogue(new PgModelStore(db));
  }

  /** Called with the whole list whenever it has changed. */
  public void onChange(Consumer<List<ModelView>> listener) {
    listeners.add(listener);
  }

  /** The enabled models, the default first, then by title. */
  public List<ModelView> views() {
    return views;
  }

  /** An enabled model by its name. */
  public Optional<ModelView> find(String name) {
    return views
      .stream()
      .filter(m -> m.name().equals(name))
      .findFirst();
  }

  /** Takes over what the nodes have now, and adds rows for models that have none. */
  public Future<Void> heard(List<ServedModel> models) {
    Map<String, ServedModel> now = new HashMap<>();
    models.forEach(m -> now.putIfAbsent(m.name(), m));
    synchronized (this) {
      served = Map.copyOf(now);
    }
    rebuild();
    return addMissing();
  }

  /** Reads the rows again, and adds those that are still missing. */
  public Future<Void> refresh() {
    return read().compose(_ -> addMissing());
  }

  /**
   * One after the other: the first model of all becomes the default, and of two that both want to be,
   * here or on two hubs, one is not added. That one is still missing at the next refresh.
   */
  private Future<Void> addMissing() {
    List<ServedModel> missing = missing();
    if (missing.isEmpty()) {
      return Future.succeededFuture();
    }
    Future<Void> added = Future.succeededFuture();
    for (ServedModel m : missing) {
      added = added.compose(_ -> store.addIfMissing(firstRow(m)));
    }
    return added
      .onFailure(e -> log.warn("models could not be added: {}", e.toString()))
      .compose(_ -> read());
  }

  private synchronized List<ServedModel> missing() {
    return served
      .values()
      .stream()
      .filter(m -> !rows.containsKey(m.name()))
      .sorted(Comparator.comparing(ServedModel::name))
      .toList();
  }

  private Future<Void> read() {
    return store
      .all()
      .onSuccess(all -> {
        Map<String, ModelRow> now = new HashMap<>();
        all.forEach(row -> now.put(row.name(), row));
        synchronized (this) {
          rows = Map.copyOf(now);
        }
        rebuild();
      })
      .mapEmpty();
  }

  private void rebuild() {
    List<ModelView> now;
    synchronized (this) {
      now = rows
        .values()
        .stream()
        .filter(ModelRow::enabled)
        .map(this::view)
        .sorted(ModelCatalogue::byDefaultThenTitle)
        .toList();
      if (now.equals(views)) {
        return;
      }
      views = now;
    }
    listeners.forEach(l -> l.accept(now));
  }

  private ModelView view(ModelRow row) {
    ServedModel here = served.get(row.name());
    return new ModelView(
      row.name(),
      row.title(),
      new ModelView.Text(row.descriptionEn(), row.descriptionZh()),
      here != null ? here.contextLength() : row.contextLength().orElse(0),
      here != null,
      row.isDefault()
    );
  }

  private static int byDefaultThenTitle(ModelView a, ModelView b) {
    return a.isDefault() == b.isDefault()
      ? a.title().compareTo(b.title())
      : Boolean.compare(b.isDefault(), a.isDefault());
  }

  private static ModelRow firstRow(ServedModel m) {
    boolean starter = m.name().endsWith("starter");
    return new ModelRow(
      m.name(),
      starter ? "Starter (small, built in)" : m.name(),
      starter
        ? "Comes with Atrium. Good for mails from facts, lists, polite wording and help."
        : "",
      starter ? "Atrium 自带。擅长按事实写邮件、列清单、礼貌改写和介绍用法。" : "",
      OptionalInt.of(m.contextLength()),
      false,
      true
    );
  }
}
