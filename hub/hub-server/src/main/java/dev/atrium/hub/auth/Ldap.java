package dev.atrium.hub.auth;

import com.unboundid.ldap.sdk.DereferencePolicy;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.PostConnectProcessor;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.SingleServerSet;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.PEMFileTrustManager;
import com.unboundid.util.ssl.SSLUtil;
import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.config.LdapConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a directory by LDAP whether a password is right, and which groups somebody is in, also by way of
 * other groups. What was typed never becomes part of a filter unescaped (RFC 4515); referrals are not
 * followed, so that a password goes to no server but the one that is named. At most {@value #CONNECTIONS}
 * connections, each wait bounded, and a bounded queue before them.
 */
final class Ldap {

  private static final int CONNECTIONS = 4;
  private static final int MOST_WAITING = 32;
  private static final int TIMEOUT_MS = 5_000;
  private static final int MOST_GROUPS = 1_000;
  private static final int DEEPEST = 10;
  private static final Logger log = LoggerFactory.getLogger(Ldap.class);

  private final LdapConfig config;
  private final WorkerExecutor worker;
  private final AtomicInteger inside = new AtomicInteger();
  private final Outage outage;
  private LDAPConnectionPool pool;

  Ldap(Vertx vertx, LdapConfig config) {
    this.config = config;
    this.outage = new Outage(log, provider(), System::nanoTime);
    this.worker = vertx.createSharedWorkerExecutor(
      "atrium-ldap",
      CONNECTIONS,
      60,
      TimeUnit.SECONDS
    );
  }

  /** The server, as sessions and credentials name it. */
  String provider() {
    return "ldap://" + config.host() + "/" + config.userBase();
  }

  /**
   * Who that is, if the password is right; empty for a wrong one and for an unknown name. Fails with {@code
   * IDENTITY_UNAVAILABLE} or {@code OVERLOADED}.
   */
  Future<Optional<ExternalIdentity>> check(String name, String password) {
    return asked(() -> checkNow(name, password));
  }

  /** Takes the same way as {@link #check} for a name that nobody has, and with the same failures. */
  Future<Void> pretend() {
    return asked(() -> checkNow(UUID.randomUUID().toString(), "nobody's")).mapEmpty();
  }

  private interface Question<T> {
    T ask() throws LDAPException;
  }

  private <T> Future<T> asked(Question<T> question) {
    if (inside.incrementAndGet() > MOST_WAITING) {
      inside.decrementAndGet();
      return Future.failedFuture(new AtriumException(ErrorCode.OVERLOADED));
    }
    return worker
      .executeBlocking(question::ask, false)
      .onComplete(_ -> inside.decrementAndGet())
      .recover(e -> {
        if (e instanceof AtriumException) {
          return Future.failedFuture(e);
        }
        outage.failed(reason(e));
        return Future.failedFuture(
          new AtriumException(ErrorCode.IDENTITY_UNAVAILABLE, Map.of(), e)
        );
      });
  }

  /** Names the server's trouble, never what was typed. */
  private static String reason(Throwable e) {
    return e instanceof LDAPException ldap ? ldap.getResultCode().getName() : e.toString();
  }

  private Optional<ExternalIdentity> checkNow(String name, String password) throws LDAPException {
    if (password.isEmpty()) {
      return Optional.empty(); // RFC 4513, 5.1.2: an empty one is right for everybody.
    }
    LDAPConnectionPool connections = pool();
    List<SearchResultEntry> found = found(
      connections,
      search(
        config.userBase(),
        config.userFilter().replace("{name}", Filter.encodeValue(name)),
        2,
        "*",
        "entryUUID",
        "objectGUID"
      )
    );
    outage.answered();
    // A filter that fits two people says which of them it is about as little as one that fits nobody.
    Optional<SearchResultEntry> entry = found.size() == 1
      ? Optional.of(found.getFirst())
      : Optional.empty();
    String dn = entry
      .map(SearchResultEntry::getDN)
      .orElse("cn=" + UUID.randomUUID() + "," + config.userBase());
    boolean right = binds(connections, dn, password);
    return right && entry.isPresent()
      ? Optional.of(identity(connections, entry.get(), name))
      : Optional.empty();
  }

  private static boolean binds(LDAPConnectionPool connections, String dn, String password)
    throws LDAPException {
    try {
      return connections
        .bindAndRevertAuthentication(new SimpleBindRequest(dn, password))
        .getResultCode()
        .equals(ResultCode.SUCCESS);
    } catch (LDAPException e) {
      if (
        Set.of(
          ResultCode.INVALID_CREDENTIALS,
          ResultCode.NO_SUCH_OBJECT,
          ResultCode.UNWILLING_TO_PERFORM,
          ResultCode.INAPPROPRIATE_AUTHENTICATION,
          ResultCode.INSUFFICIENT_ACCESS_RIGHTS,
          ResultCode.CONSTRAINT_VIOLATION
        ).contains(e.getResultCode())
      ) {
        return false;
      }
      throw e;
    }
  }

  private ExternalIdentity identity(
    LDAPConnectionPool connections,
    SearchResultEntry entry,
    String typed
  ) throws LDAPException {
    String name = Optional.ofNullable(entry.getAttributeValue(config.nameAttribute())).orElse(
      typed
    );
    String language = entry.getAttributeValue("preferredLanguage");
    return new ExternalIdentity(
      ExternalIdentity.Kind.LDAP,
      provider(),
      subject(entry),
      name,
      Optional.ofNullable(entry.getAttributeValue("displayName"))
        .or(() -> Optional.ofNullable(entry.getAttributeValue("cn")))
        .orElse(name),
      Optional.ofNullable(entry.getAttributeValue("mail")),
      language != null && language.startsWith("zh") ? "zh" : "en",
      groups(connections, entry),
      Optional.empty()
    );
  }

  /** What stays the same when somebody is renamed, as far as the directory has such a thing. */
  private static String subject(SearchResultEntry entry) {
    if (entry.hasAttribute("entryUUID")) {
      return entry.getAttributeValue("entryUUID");
    }
    byte[] guid = entry.getAttributeValueBytes("objectGUID");
    return guid == null
      ? entry.getDN().toLowerCase(java.util.Locale.ROOT)
      : HexFormat.of().formatHex(guid);
  }

  /** The names (DN and cn) of all groups that somebody is in, and of the groups that those are in. */
  private Set<String> groups(LDAPConnectionPool connections, SearchResultEntry user)
    throws LDAPException {
    Set<String> names = new LinkedHashSet<>();
    if (config.groups().isEmpty()) {
      return names;
    }
    Set<String> seen = new LinkedHashSet<>();
    Deque<String> members = new ArrayDeque<>(List.of(user.getDN()));
    for (int depth = 0; depth < DEEPEST && !members.isEmpty(); depth++) {
      List<String> next = new ArrayList<>();
      for (String member : members) {
        for (SearchResultEntry group : groupsOf(connections, member)) {
          if (seen.size() < MOST_GROUPS && seen.add(group.getDN())) {
            names.add(group.getDN());
            Optional.ofNullable(group.getAttributeValue("cn")).ifPresent(names::add);
            next.add(group.getDN());
          }
        }
      }
      members = new ArrayDeque<>(next);
    }
    return names;
  }

  private List<SearchResultEntry> groupsOf(LDAPConnectionPool connections, String member)
    throws LDAPException {
    LdapConfig.Groups groups = config.groups().orElseThrow();
    String filter = groups.filter().replace("{dn}", Filter.encodeValue(member));
    return found(connections, search(groups.base(), filter, MOST_GROUPS, "cn"));
  }

  /** What was found, or as much of it as the request has room for. */
  private static List<SearchResultEntry> found(
    LDAPConnectionPool connections,
    SearchRequest request
  ) throws LDAPException {
    try {
      return connections.search(request).getSearchEntries();
    } catch (LDAPSearchException e) {
      if (e.getResultCode().equals(ResultCode.SIZE_LIMIT_EXCEEDED)) {
        return e.getSearchEntries();
      }
      throw e;
    }
  }

  private static SearchRequest search(String base, String filter, int most, String... attributes)
    throws LDAPException {
    SearchRequest request = new SearchRequest(
      base,
      SearchScope.SUB,
      DereferencePolicy.NEVER,
      most,
      TIMEOUT_MS / 1_000,
      false,
      Filter.create(filter),
      attributes
    );
    request.setFollowReferrals(false);
    return request;
  }

  /** Opened when it is first needed, and again after a failure: a hub starts without the directory. */
  private synchronized LDAPConnectionPool pool() throws LDAPException {
    if (pool == null || pool.isClosed()) {
      pool = connect();
    }
    return pool;
  }

  private LDAPConnectionPool connect() throws LDAPException {
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    options.setConnectTimeoutMillis(TIMEOUT_MS);
    options.setResponseTimeoutMillis(TIMEOUT_MS);
    options.setFollowReferrals(false);
    options.setAbandonOnTimeout(true);
    SimpleBindRequest bind = config.bindDn().isPresent() ? bindRequest() : new SimpleBindRequest();
    try {
      options.setSSLSocketVerifier(new com.unboundid.util.ssl.HostNameSSLSocketVerifier(true));
      SSLSocketFactory encrypted = tls().getSocketFactory();
      SingleServerSet server = config.tls() == LdapConfig.Tls.FROM_THE_BEGINNING
        ? new SingleServerSet(config.host(), config.port(), encrypted, options)
        : new SingleServerSet(config.host(), config.port(), options);
      PostConnectProcessor begin = config.tls() == LdapConfig.Tls.START_TLS
        ? new StartTLSPostConnectProcessor(tls())
        : null;
      LDAPConnectionPool opened = new LDAPConnectionPool(
        server,
        bind,
        0,
        CONNECTIONS,
        begin,
        false
      );
      opened.setMaxWaitTimeMillis(TIMEOUT_MS);
      opened.setCreateIfNecessary(false);
      opened.setRetryFailedOperationsDueToInvalidConnections(true);
      return opened;
    } catch (GeneralSecurityException | IOException e) {
      throw new LDAPException(ResultCode.CONNECT_ERROR, "TLS can't be set up: " + e, e);
    }
  }

  private SimpleBindRequest bindRequest() throws LDAPException {
    LdapConfig.Bind bind = config.bindDn().orElseThrow();
    try {
      return new SimpleBindRequest(bind.dn(), Files.readString(bind.passwordFile()).strip());
    } catch (IOException e) {
      throw new LDAPException(ResultCode.PARAM_ERROR, "the bind password can't be read", e);
    }
  }

  private SSLContext tls() throws GeneralSecurityException, IOException {
    return config.ca().isPresent()
      ? new SSLUtil(
        new PEMFileTrustManager(new File(config.ca().get().toString()))
      ).createSSLContext()
      : SSLContext.getDefault();
  }
}
