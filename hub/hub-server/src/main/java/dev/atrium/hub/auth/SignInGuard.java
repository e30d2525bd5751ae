package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.AttemptLimiter.Verdict;
import io.vertx.core.Future;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Stands before every check of a password: only so many wrong ones an account and an address. What
 * was right, or failed for another reason, is not counted. Where no name is known yet, because a
 * provider asks for it, only the address counts, until whoever began comes back as somebody.
 */
final class SignInGuard {

  private final AttemptLimiter byAccount;
  private final AttemptLimiter byAddress;
  private final AuditTrail audit;

  SignInGuard(AuthConfig config, AuditTrail audit) {
    this.byAccount = new AttemptLimiter(config.perAccount(), System::nanoTime);
    this.byAddress = new AttemptLimiter(config.perAddress(), System::nanoTime);
    this.audit = audit;
  }

  <T> Future<T> attempt(String action, String name, String address, Supplier<Future<T>> check) {
    var account = name.toLowerCase(Locale.ROOT);
    var verdict = byAccount.charge(account);
    if (!verdict.allowed()) {
      return refuse(action, address, "account", verdict);
    }
    verdict = byAddress.charge(address);
    if (!verdict.allowed()) {
      byAccount.giveBack(account);
      return refuse(action, address, "address", verdict);
    }
    return check
      .get()
      .onComplete(outcome -> {
        if (outcome.succeeded() || !isWrong(outcome.cause())) {
          byAccount.giveBack(account);
          byAddress.giveBack(address);
        }
      });
  }

  /** Fails with {@code TOO_MANY_ATTEMPTS} if this address began too many that were never finished. */
  Future<Void> begun(String action, String address) {
    var verdict = byAddress.charge(address);
    return verdict.allowed()
      ? Future.succeededFuture()
      : refuse(action, address, "address", verdict);
  }

  /** One that was begun, perhaps at another hub, is finished. */
  void finished(String address) {
    byAddress.giveBack(address);
  }

  private static boolean isWrong(Throwable failure) {
    return failure instanceof AtriumException e && e.code() == ErrorCode.WRONG_CREDENTIALS;
  }

  private <T> Future<T> refuse(String action, String address, String limit, Verdict verdict) {
    audit.refused(
      AuditEvent.refused(AuditEvent.Actor.system(), action)
        .from(address)
        .details(Map.of("limit", limit))
    );
    return Future.failedFuture(
      new AtriumException(
        ErrorCode.TOO_MANY_ATTEMPTS,
        Map.of("retryAfterSeconds", verdict.retryAfter().toSeconds())
      )
    );
  }
}
