package dev.atrium.hub.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The way of whoever's name and password are none of ours, where there is a directory to ask. All who
 * are not let in take it, and for the same time.
 */
final class LdapSignIn {

  private static final Duration REFUSED_IN_STEPS_OF = Duration.ofMillis(500);

  private final Vertx vertx;
  private final Ldap ldap;
  private final DirectoryAdmission directories;

  LdapSignIn(Vertx vertx, Ldap ldap, DirectoryAdmission directories) {
    this.vertx = vertx;
    this.ldap = ldap;
    this.directories = directories;
  }

  /**
   * Opens a session; empty if they may not come in.
   *
   * @param local whether the name has a password here. It takes the same way, so that nobody can tell it
   *     from others; but its password, which may be nearly right, is not shown to the directory
   */
  Future<Optional<SignedIn>> signIn(boolean local, String name, String password, Peer peer) {
    var since = System.nanoTime();
    Future<Optional<ExternalIdentity>> found = local
      ? ldap.pretend().map(Optional.empty())
      : ldap.check(name, password);
    return found
      .compose(who ->
        who.isPresent()
          ? directories.admit(who.get(), peer)
          : Future.succeededFuture(Optional.<SignedIn>empty())
      )
      .compose(signedIn ->
        signedIn.isPresent() ? Future.succeededFuture(signedIn) : late(since).map(signedIn)
      );
  }

  /** A directory is faster with a name that it does not know; this hides the difference. */
  private Future<Void> late(long since) {
    var step = REFUSED_IN_STEPS_OF.toMillis();
    var gone = Duration.ofNanos(System.nanoTime() - since).toMillis();
    return vertx.timer(step - (gone % step), TimeUnit.MILLISECONDS).mapEmpty();
  }
}
