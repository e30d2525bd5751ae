package dev.atrium.hub.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import org.assertj.core.api.InstanceOfAssertFactories;

/** Assertions about refusals. */
public final class Refusals {

  private Refusals() {}

  /** The future must fail with this row of the table of errors. */
  public static void assertRefused(Future<?> future, ErrorCode code) {
    assertThatThrownBy(() -> HubData.await(future))
      .asInstanceOf(InstanceOfAssertFactories.type(AtriumException.class))
      .extracting(AtriumException::code)
      .isEqualTo(code);
  }
}
