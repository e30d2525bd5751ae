package dev.atrium.hub.generation;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OrphanStoreTest {

  private static HubData data;
  private static OrphanStore orphans;
  private static LeaseStore leases;

  @BeforeAll
  static void start() {
    data = new HubData();
    orphans = new PgOrphanStore(data.db);
    leases = new PgLeaseStore(data.db);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @Test
  void aHubWhoseOwnLeaseHasRunOutTakesNothingOverNotEvenFromItself() throws Exception {
    UUID ofTheDead = generation("hub-2");
    Waits.until("the server has been up for long enough", () -> {
      await(leases.renew("hub-1", "", false));
      await(orphans.adopt("hub-1", 20, Set.of()));
      return owner(ofTheDead).equals("hub-1 2");
    });
    UUID own = generation("hub-1");
    UUID another = generation("hub-2");
    data.database.execute(
      "UPDATE hub_lease SET expires_at = clock_timestamp() - interval '1 second'"
    );
    await(orphans.adopt("hub-1", 20, Set.of()));
    assertThat(owner(own)).isEqualTo("hub-1 1");
    assertThat(owner(another)).isEqualTo("hub-2 1");

    await(leases.renew("hub-1", "", false));
    await(orphans.adopt("hub-1", 20, Set.of()));
    assertThat(owner(own)).isEqualTo("hub-1 1");
    assertThat(owner(another)).isEqualTo("hub-1 2");
  }

  @Test
  void whatAHubOwnsAndDoesNotRunItTakesOverFromItself() throws Exception {
    UUID forgotten = generation("hub-3");
    UUID running = generation("hub-3");
    UUID fresh = generation("hub-3");
    data.database.execute(
      "UPDATE generation SET owned_since = clock_timestamp() - interval '11 seconds' WHERE id IN ('" +
      forgotten +
      "', '" +
      running +
      "')"
    );
    data.database.execute(
      "INSERT INTO hub_lease (hub_id, started_at, expires_at) VALUES ('hub-3'," +
      " clock_timestamp() - interval '1 hour', clock_timestamp() + interval '1 hour')"
    );
    Waits.until("the server has been up for long enough", () -> {
      await(orphans.adopt("hub-3", 20, Set.of(running)));
      return owner(forgotten).equals("hub-3 2");
    });
    assertThat(owner(running)).isEqualTo("hub-3 1");
    assertThat(owner(fresh)).isEqualTo("hub-3 1");
  }

  private static UUID generation(String owner) {
    UUID user = data.user("user-" + UUID.randomUUID());
    return UUID.fromString(
      data.database.value(
        "INSERT INTO generation (user_id, department_id, owner, model, seed) SELECT id, department_id, '" +
        owner +
        "', 'scripted', 1 FROM app_user WHERE id = '" +
        user +
        "' RETURNING id"
      )
    );
  }

  private static String owner(UUID generation) {
    return data.database.value(
      "SELECT owner || ' ' || epoch FROM generation WHERE id = '" + generation + "'"
    );
  }
}
