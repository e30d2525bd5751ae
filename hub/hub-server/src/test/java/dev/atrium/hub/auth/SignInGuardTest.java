package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignInGuardTest {

  private final List<AuditEvent> refused = new ArrayList<>();
  private final SignInGuard guard = new SignInGuard(
    AuthConfig.defaults(),
    new AuditTrail() {
      @Override
      public Future<Void> append(Tx tx, AuditEvent event) {
        throw new AssertionError("nothing happened");
      }

      @Override
      public void refused(AuditEvent event) {
        refused.add(event);
      }

      @Override
      public Future<Void> close() {
        return Future.succeededFuture();
      }
    }
  );

  @Test
  void onlyWhatIsBegunAndNotFinishedCountsAgainstAnAddress() {
    for (int i = 0; i < 200; i++) {
      await(guard.begun("session.sign_in", "10.0.0.1"));
      guard.finished("10.0.0.1");
    }
    for (int i = 0; i < 50; i++) {
      await(guard.begun("session.sign_in", "10.0.0.1"));
    }
    assertThatThrownBy(() ->
      await(guard.begun("session.sign_in", "10.0.0.1"))
    ).isInstanceOfSatisfying(AtriumException.class, e ->
      assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_ATTEMPTS)
    );
    assertThat(refused).hasSize(1);
    await(guard.begun("session.sign_in", "10.0.0.2"));
  }
}
