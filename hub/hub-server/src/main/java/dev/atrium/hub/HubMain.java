package dev.atrium.hub;

import dev.atrium.api.ModelView;
import dev.atrium.hub.admission.AdmissionControl;
import dev.atrium.hub.admission.Permissions;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.audit.Sealer;
import dev.atrium.hub.auth.AuthConfig;
import dev.atrium.hub.auth.AuthService;
import dev.atrium.hub.auth.Caller;
import dev.atrium.hub.budget.BudgetLedger;
import dev.atrium.hub.budget.ReservationSweeper;
import dev.atrium.hub.config.HubConfig;
import dev.atrium.hub.conversation.Archive;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.MessageSearch;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.crypto.PgLegacyKeys;
import dev.atrium.hub.db.Changes;
import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.gateway.Origins;
import dev.atrium.hub.gateway.SessionCookies;
import dev.atrium.hub.gateway.rest.HeardEngine;
import dev.atrium.hub.gateway.rest.HttpApi;
import dev.atrium.hub.gateway.ws.ChatGateway;
import dev.atrium.hub.generation.GenerationService;
import dev.atrium.hub.generation.Rooms;
import dev.atrium.hub.inference.HubLink;
import dev.atrium.hub.inference.InferenceClient;
import dev.atrium.hub.inference.NodeDirectory;
import dev.atrium.hub.jobs.JobRunner;
import dev.atrium.hub.models.ModelCatalogue;
import dev.atrium.hub.models.ServedModel;
import dev.atrium.hub.privacy.BreakGlass;
import dev.atrium.hub.privacy.PrivacyJobs;
import dev.atrium.hub.session.SessionRegistry;
import dev.atrium.hub.share.Shares;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hub: the one place where its rooms are wired together, and its main method. */
public final class HubMain {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long REFRESH_MODELS_MS = 2_000;
  private static final Logger log = LoggerFactory.getLogger(HubMain.class);

  private final Begun begun;
  private final GenerationService generations;
  private final ChatGateway chat;
  private final HttpServers http;

  private HubMain(Begun begun, GenerationService generations, ChatGateway chat, HttpServers http) {
    this.begun = begun;
    this.generations = generations;
    this.chat = chat;
    this.http = http;
  }

  /** Runs a hub until a signal ends it; see {@link HubProcess} for the exit codes. */
  public static void main(String[] args) {
    HubProcess.run(System.getenv());
  }

  /**
   * Wires a hub and begins to listen. The database must be migrated already. If it fails, everything
   * that had begun has ended.
   *
   * @param vertx clustered, with the nodes in the same cluster
   */
  public static Future<HubMain> start(Vertx vertx, HubConfig config) {
    return start(vertx, config, AuthConfig.defaults());
  }

  /** As above, with another way to sign in. */
  public static Future<HubMain> start(Vertx vertx, HubConfig config, AuthConfig signIn) {
    Begun begun = new Begun(vertx);
    return connect(vertx, DatabaseConfig.defaults(config.database()), begun)
      .compose(db ->
        connect(vertx, DatabaseConfig.keys(config.keysDatabase()), begun).compose(keysDb ->
          wire(vertx, config, signIn, db, keysDb, begun)
        )
      )
      .recover(failure -> begun.end().compose(_ -> Future.failedFuture(failure)));
  }

  private static Future<Db> connect(Vertx vertx, DatabaseConfig config, Begun begun) {
    return Db.connect(vertx, config).onSuccess(db -> begun.add(db::close));
  }

  private static Future<HubMain> wire(
    Vertx vertx,
    HubConfig config,
    AuthConfig signIn,
    Db db,
    Db keysDb,
    Begun begun
  ) {
    MasterKey master = MasterKey.load(config.masterKeyFile(), config.masterKeyKms());
    Keys keys = new Keys(master, PersonalKeys.create(keysDb, master));
    AuditTrail audit = AuditTrail.create(vertx, db);
    begun.add(audit::close);
    return PgLegacyKeys.open(db, keys.personal())
      .compose(_ -> AuthService.start(vertx, db, master, audit, signIn, config.identity()))
      .onSuccess(auth -> begun.add(auth::close))
      .compose(auth ->
        auth
          .ensureFirstAdministrator(config.firstAdminPassword())
          .compose(_ -> wire(vertx, config, db, keys, audit, auth, begun))
      );
  }

  /** What unwraps keys, and those of each person. */
  private record Keys(MasterKey master, PersonalKeys personal) {}

  private static Future<HubMain> wire(
    Vertx vertx,
    HubConfig config,
    Db db,
    Keys keys,
    AuditTrail audit,
    AuthService auth,
    Begun begun
  ) {
    ModelCatalogue models = ModelCatalogue.create(db);
    Permissions permissions = Permissions.create(db);
    AdmissionControl admission = AdmissionControl.create(vertx, db, models, permissions);
    NodeDirectory nodes = new NodeDirectory(vertx);
    DataKeys dataKeys = DataKeys.create(keys.personal());
    ConversationStore conversations = ConversationStore.create(db, dataKeys);
    BudgetLedger ledger = BudgetLedger.create(vertx, db);
    Rooms rooms = new Rooms(
      db,
      admission,
      conversations,
      ledger,
      audit,
      nodes,
      new InferenceClient(vertx, config.hubId()),
      new HubLink(vertx, config.hubId())
    );
    SessionRegistry registry = new SessionRegistry();
    GenerationService generations = new GenerationService(
      vertx,
      rooms,
      registry,
      config.hubId(),
      HttpServers.url(config.http())
    );
    Function<Caller, List<ModelView>> visible = caller ->
      permissions.visible(caller, models.views());
    Origins origins = new Origins(config.http().scheme(), config.http().publicOrigins());
    ChatGateway chat = new ChatGateway(
      vertx,
      config.hubId(),
      origins,
      auth,
      generations,
      registry,
      visible
    );
    begun.add(() -> {
      chat.leave();
      return Future.succeededFuture();
    });
    HttpApi api = new HttpApi(
      config.hubId(),
      origins,
      new SessionCookies(config.http().tls().isPresent()),
      db,
      auth,
      conversations,
      MessageSearch.create(db, dataKeys),
      BreakGlass.create(db, Archive.create(db, dataKeys), audit),
      Shares.create(db, dataKeys, conversations, permissions, audit),
      generations,
      models::views,
      visible,
      () -> heard(nodes)
    );
    nodes.onChange(() -> models.heard(served(nodes)));
    models.onChange(_ -> chat.modelsChanged());
    Changes changes = Changes.of(vertx, db, DatabaseConfig.defaults(config.database()));
    begun.add(changes::stop);
    changes.onChange(_ -> permissions.refresh());
    changes.onChange(changed -> {
      admission.limitsChanged();
      Future<Void> heard = auth.changed();
      chat.changed(changed::concerns);
      return heard;
    });
    changes.onChange(_ -> dataKeys.forgetErased(db));
    changes.onChange(_ -> models.refresh());
    HttpServers http = new HttpServers(vertx, config.http(), api, chat);
    PrivacyJobs privacy = PrivacyJobs.create(
      vertx,
      db,
      keys.master(),
      keys.personal(),
      dataKeys,
      audit
    );
    return changes
      .start()
      .compose(_ -> begun.deploy(() -> conductor(nodes, models, generations), onVirtualThreads()))
      // A hub that leaves in order has no answers any more by then, and one that can't start has none yet.
      .onSuccess(_ -> begun.add(() -> generations.leave(Duration.ZERO).otherwiseEmpty()))
      .onSuccess(_ -> begun.add(nodes::stop))
      .compose(_ -> http.start(begun))
      .compose(_ ->
        begun.deploy(
          () -> new Sealer(vertx, db, keys.master(), audit, config.audit(), config.hubId()),
          onVirtualThreads()
        )
      )
      .compose(_ -> begun.deploy(() -> new ReservationSweeper(ledger), new DeploymentOptions()))
      .compose(_ ->
        begun.deploy(() -> new JobRunner(db, config.hubId(), privacy.byKind()), onVirtualThreads())
      )
      .compose(_ -> privacy.eraseRestored())
      .map(_ -> new HubMain(begun, generations, chat, http));
  }

  private static DeploymentOptions onVirtualThreads() {
    return new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);
  }

  /** What runs on the conductor's context: it hears the nodes and carries the generations. */
  private static VerticleBase conductor(
    NodeDirectory nodes,
    ModelCatalogue models,
    GenerationService generations
  ) {
    return new VerticleBase() {
      @Override
      public Future<?> start() {
        vertx.setPeriodic(REFRESH_MODELS_MS, _ ->
          models.refresh().onFailure(e -> log.warn("models not read again: {}", e.toString()))
        );
        return nodes.start().compose(_ -> generations.start());
      }
    };
  }

  private static List<ServedModel> served(NodeDirectory nodes) {
    return nodes
      .engines()
      .stream()
      .filter(e -> e.status().kind().equals("chat"))
      .map(e -> new ServedModel(e.status().model(), e.status().contextLength()))
      .toList();
  }

  private static List<HeardEngine> heard(NodeDirectory nodes) {
    return nodes
      .engines()
      .stream()
      .map(e -> new HeardEngine(e.nodeId(), e.status().model(), e.status().kind()))
      .toList();
  }

  /** The address that browsers use. */
  public String url() {
    return http.url();
  }

  /**
   * Leaves in order: takes no connections and prompts, lets answers finish for a while, sends the
   * sockets away to come back elsewhere, closes the pool. The cluster is left by closing Vert.x.
   */
  public Future<Void> stop() {
    return stop(PATIENCE);
  }

  /** {@link #stop()} with another patience. */
  public Future<Void> stop(Duration patience) {
    Future<Void> closed = http.stop(patience.plusSeconds(10));
    return generations
      .leave(patience)
      .otherwiseEmpty()
      .onSuccess(_ -> chat.leave())
      .compose(_ -> closed.otherwiseEmpty())
      .compose(_ -> begun.end());
  }
}
