package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Waits;
import java.sql.SQLException;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A PostgreSQL that crashes with commits in its memory that are not on its disk. */
class LedgerCrashTest {

  @Test
  void whatWasToppedUpIsStillHeldAndWhatIsLostWaitedForNothing() throws Exception {
    Random random = new Random(5);
    try (LedgerServer server = LedgerServer.start(Map.of())) {
      // Nobody but a commit that waits writes to the disk now.
      String writer = server.value(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
      );
      signal("STOP", writer);
      ReservationRequest kept = server.request(random);
      Reservation topped = await(server.ledger().topUp(await(server.ledger().reserve(kept)), 256));
      ReservationRequest lost = server.request(random);
      assertThat(await(server.ledger().reserve(lost)).allowedTokens()).isEqualTo(256);
      assertThat(allowed(server, lost.generationId())).isEqualTo(256);

      // The postmaster takes this for a crash: it ends all others and begins anew from what is on the disk.
      signal("KILL", writer);
      Waits.until("it has begun anew", () -> answers(server, writer));

      assertThat(topped.allowedTokens()).isEqualTo(512);
      assertThat(allowed(server, kept.generationId())).isEqualTo(512);
      assertThat(allowed(server, lost.generationId())).isZero();
      assertThat(await(server.ledger().topUp(topped, 256)).allowedTokens()).isEqualTo(768);
    }
  }

  private static int allowed(LedgerServer server, UUID generation) throws SQLException {
    return Integer.parseInt(
      server.value(
        "SELECT coalesce(max(allowed_tokens), 0) FROM reservation WHERE generation_id = '%s'".formatted(
          generation
        )
      )
    );
  }

  private static boolean answers(LedgerServer server, String killed) {
    try {
      return !killed.equals(
        server.value(
          "SELECT coalesce(max(pid), %s) FROM pg_stat_activity WHERE backend_type = 'walwriter'".formatted(
            killed
          )
        )
      );
    } catch (SQLException e) {
      return false;
    }
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor()).isZero();
  }
}
