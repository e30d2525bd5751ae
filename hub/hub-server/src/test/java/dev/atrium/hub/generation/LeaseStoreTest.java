package dev.atrium.hub.generation;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseStoreTest {

  private static HubData data;
  private static LeaseStore leases;

  @BeforeAll
  static void start() {
    data = new HubData();
    leases = new PgLeaseStore(data.db);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void nobodyIsThere() {
    data.database.execute("DELETE FROM hub_lease");
  }

  @Test
  void aHubHearsOfTheOthersThatLive() {
    await(leases.renew("hub-1", "", true));
    await(leases.renew("hub-2", "", true));
    lease("hub-3", "1 second");
    assertThat(await(leases.renew("hub-1", "", false)).others()).containsExactly("hub-2");
  }

  @Test
  void whoeverStartsForgetsThoseThatAreLongDead() {
    lease("hub-3", "1 minute");
    lease("hub-4", "2 hours");
    await(leases.renew("hub-1", "", false));
    assertThat(hubs()).isEqualTo("hub-1,hub-3,hub-4");
    await(leases.renew("hub-2", "", true));
    assertThat(hubs()).isEqualTo("hub-1,hub-2,hub-3");
  }

  @Test
  void aLeaseThatRanOutHasLapsedHoweverLongAgoThatWas() {
    lease("hub-1", "2 hours");
    assertThat(await(leases.renew("hub-1", "", true)).lapsed()).isTrue();
    assertThat(await(leases.renew("hub-1", "", false)).lapsed()).isFalse();
  }

  private static void lease(String hub, String deadSince) {
    data.database.execute(
      "INSERT INTO hub_lease (hub_id, expires_at) VALUES ('" +
      hub +
      "', clock_timestamp() - interval '" +
      deadSince +
      "')"
    );
  }

  private static String hubs() {
    return data.database.value("SELECT string_agg(hub_id, ',' ORDER BY hub_id) FROM hub_lease");
  }
}
