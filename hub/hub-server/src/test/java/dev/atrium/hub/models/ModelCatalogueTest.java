package dev.atrium.hub.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ModelView;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelCatalogueTest {

  private static final List<ServedModel> EIGHT = IntStream.range(0, 8)
    .mapToObj(i -> new ServedModel("model-" + i, 1_024))
    .toList();

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
  void ofManyModelsHeardAtOnceEachIsThereAndOneIsTheDefault() {
    ModelCatalogue catalogue = ModelCatalogue.create(data.db);
    HubData.await(catalogue.heard(EIGHT));
    assertThat(catalogue.views())
      .hasSize(EIGHT.size())
      .allMatch(ModelView::available)
      .filteredOn(ModelView::isDefault)
      .hasSize(1);
  }

  @Test
  void whatAnotherHubTookTheDefaultFromIsThereAfterTheNextRefresh() {
    ModelCatalogue one = ModelCatalogue.create(data.db);
    ModelCatalogue other = ModelCatalogue.create(data.db);
    HubData.await(Future.join(one.heard(EIGHT), other.heard(EIGHT.reversed())));
    HubData.await(one.refresh());
    HubData.await(other.refresh());
    assertThat(one.views()).hasSize(EIGHT.size()).isEqualTo(other.views());
  }
}
