package dev.atrium.hub.audit;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AuditTrailTest {

  private static HubData data;
  private static AuditTrail audit;

  @BeforeAll
  static void start() {
    data = new HubData();
    audit = AuditTrail.create(data.vertx, data.db);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static void append(AuditEvent event) {
    await(data.db.inTransaction(tx -> audit.append(tx, event)));
  }

  @Test
  void keepsEverythingThatAnEventSays() {
    var actor = UUID.randomUUID();
    var event = AuditEvent.ok(Actor.user(actor, "li.lei"), "model.enable")
      .target("model", "starter")
      .result(AuditEvent.Result.REFUSED)
      .from("10.0.0.1")
      .correlation("abc")
      .details(Map.of("before", "off", "count", 3, "loud", true));
    append(event);
    assertThat(
      data.database.value(
        """
        SELECT concat_ws('|', actor_id, actor_name, action, target_kind, target_id, result, address,
          correlation_id, details->>'before', details->>'count', details->>'loud')
        FROM audit_entry WHERE correlation_id = 'abc'"""
      )
    ).isEqualTo(actor + "|li.lei|model.enable|model|starter|refused|10.0.0.1|abc|off|3|true");
  }

  @Test
  void standsOrFallsWithTheDeed() {
    var failed = data.db.inTransaction(tx ->
      audit
        .append(tx, AuditEvent.ok(Actor.system(), "undone.deed"))
        .compose(_ -> Future.failedFuture("on purpose"))
    );
    await(failed.otherwiseEmpty());
    assertThat(
      data.database.value("SELECT count(*) FROM audit_record WHERE action = 'undone.deed'")
    ).isEqualTo("0");
  }

  /** A superuser can switch triggers off; that is what sealing and checkpoints are for. */
  @Test
  void refusesToBeAlteredWhoeverAsks() {
    append(AuditEvent.ok(Actor.system(), "kept.deed"));
    for (var sql : List.of(
      "UPDATE audit_record SET action = 'other.deed'",
      "DELETE FROM audit_record",
      "TRUNCATE audit_record CASCADE"
    )) {
      assertThatThrownBy(() -> data.database.execute(sql))
        .cause()
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("append-only");
    }
  }

  @Test
  void takesNothingFromAHubExceptThroughItsFunction() {
    for (var sql : List.of(
      "INSERT INTO audit_record (action, result) VALUES ('forged.deed', 'ok')",
      "UPDATE audit_record SET action = 'other.deed'",
      "DELETE FROM audit_record",
      "TRUNCATE audit_record CASCADE",
      "ALTER TABLE audit_record DISABLE TRIGGER append_only"
    )) {
      assertThatThrownBy(() ->
        await(data.db.read(tx -> tx.sql().query(sql).execute()))
      ).isInstanceOfSatisfying(PgException.class, e ->
        assertThat(e.getSqlState()).isEqualTo("42501")
      );
    }
  }

  @Test
  void refusesDetailsThatHaveNoSingleForm() {
    var event = AuditEvent.ok(Actor.system(), "some.deed");
    assertThatThrownBy(() -> event.details(Map.of("cost", 0.5))).isInstanceOf(
      IllegalArgumentException.class
    );
  }

  @Test
  void keepsWhatIsPersonalApartFromTheRecord() {
    var somebody = UUID.randomUUID();
    var event = AuditEvent.ok(Actor.user(UUID.randomUUID(), "li.lei"), "user.rename")
      .changed(Map.of("kind", "person"), Map.of("kind", "service"))
      .personal(somebody, Map.of("before.name", "han"));
    append(event);
    assertThat(
      data.database.value("SELECT details::text FROM audit_record WHERE action = 'user.rename'")
    ).isEqualTo("{\"after\": {\"kind\": \"service\"}, \"before\": {\"kind\": \"person\"}}");
    assertThat(
      data.database.value(
        "SELECT fields->>'before.name' FROM audit_personal WHERE subject_id = '" + somebody + "'"
      )
    ).isEqualTo("han");
  }

  @Test
  void countsRefusalsThatAreRepeated() throws Exception {
    try (var other = new HubData()) {
      var trail = AuditTrail.create(other.vertx, other.db);
      for (var i = 0; i < 50; i++) {
        trail.refused(AuditEvent.refused(Actor.system(), "some.deed").from("10.0.0.1"));
        trail.refused(AuditEvent.refused(Actor.system(), "some.deed").from("10.0.0.2"));
      }
      await(trail.close());
      Waits.until("two kinds are recorded", () ->
        other.database
          .value(
            "SELECT count(*) || ' ' || sum((details->>'repeated')::int) FROM audit_record WHERE result = 'refused'"
          )
          .equals("4 98")
      );
    }
  }
}
