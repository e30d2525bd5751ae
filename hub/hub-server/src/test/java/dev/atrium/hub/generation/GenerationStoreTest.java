package dev.atrium.hub.generation;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.budget.BudgetLedger;
import dev.atrium.hub.budget.ReservationRequest;
import dev.atrium.hub.testing.HubData;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GenerationStoreTest {

  private HubData data;

  @BeforeEach
  void start() {
    data = new HubData();
  }

  @AfterEach
  void stop() {
    data.close();
  }

  @Test
  void noAttemptBeginsWithoutItsReservation() {
    UUID ada = data.user("ada");
    data.database.execute(
      """
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
        VALUES ('m', 1, 1, 1, now() - interval '1 day')"""
    );
    UUID id = UUID.fromString(
      data.database.value(
        "INSERT INTO generation (user_id, department_id, owner, model, seed) SELECT id, department_id, 'hub-a', 'm', 1 FROM app_user WHERE id = '" +
        ada +
        "' RETURNING id"
      )
    );
    assertThatThrownBy(() -> start(id)).isInstanceOfSatisfying(AtriumException.class, e ->
      assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE)
    );
    assertThat(data.database.value("SELECT status FROM generation")).isEqualTo("pending");

    await(
      BudgetLedger.create(data.vertx, data.db).reserve(
        new ReservationRequest(id, 1, ada, data.department(), "m", 100, 256)
      )
    );
    start(id);
    start(id);
    assertThat(data.database.value("SELECT count(*) FROM attempt")).isEqualTo("1");
  }

  private void start(UUID id) {
    GenerationStore.AttemptStart start = new GenerationStore.AttemptStart(
      1,
      "node-1",
      "e1",
      "r1",
      100,
      1_000,
      0,
      0,
      Optional.empty()
    );
    GenerationStore store = new PgGenerationStore(data.db);
    await(data.db.inTransaction(tx -> store.startAttempt(tx, new Guard(id, "hub-a", 1), start)));
  }
}
