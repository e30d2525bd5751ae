package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

  @Test
  void readsEveryPartAndDecodesIt() {
    var url = DatabaseUrl.parse("postgresql://at%40rium:p%3Ass+w@db.local:6543/at%20rium");
    assertThat(url).isEqualTo(new DatabaseUrl("db.local", 6543, "at rium", "at@rium", "p:ss+w"));
    assertThat(DatabaseUrl.parse(url.reveal())).isEqualTo(url);
  }

  @Test
  void takesTheUsualPortWhenNoneIsGiven() {
    assertThat(DatabaseUrl.parse("postgres://a:b@host/db").port()).isEqualTo(5432);
  }

  @Test
  void hidesThePasswordWhenPrinted() {
    assertThat(DatabaseUrl.parse("postgresql://a:sesame@host/db"))
      .asString()
      .isEqualTo("postgresql://a:***@host:5432/db");
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "", "mysql://a:sesame@h/d", "postgresql://h/d", "postgresql://a:sesame@h", "a b:sesame",
    }
  )
  void refusesWhatIsNotADatabaseAddressWithoutRepeatingIt(String text) {
    assertThatThrownBy(() -> DatabaseUrl.parse(text))
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageNotContaining("sesame");
  }
}
