package dev.atrium.hub.auth;

import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/** The cookie of a sign-in at a provider, opened and closed again with the master key of a test hub. */
public final class PendingSignIn {

  private PendingSignIn() {}

  /** The same cookie with another value in one field. */
  public static String with(String cookie, String field, Object value) throws IOException {
    Path file = Files.createTempFile("master", ".key");
    Files.writeString(file, Base64.getEncoder().encodeToString(new byte[32]));
    MasterKey master = MasterKey.load(file, Optional.empty());
    Files.delete(file);
    Aad place = Aad.of("oidc_sign_in");
    byte[] sealed = Base64.getUrlDecoder().decode(cookie.substring(cookie.indexOf('.') + 1));
    JsonObject json = new JsonObject(
      new String(master.unwrap(sealed, master.primaryId(), place), StandardCharsets.UTF_8)
    ).put(field, value);
    MasterKey.Wrapped again = master.wrap(json.encode().getBytes(StandardCharsets.UTF_8), place);
    return (
      again.keyId() + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(again.bytes())
    );
  }
}
