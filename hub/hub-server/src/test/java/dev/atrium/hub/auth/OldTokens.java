package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;

import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.schema.DatabaseUrl;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/** Access tokens that a test hub signed itself, a while ago. */
public final class OldTokens {

  private OldTokens() {}

  /** A token of the same user and session as the one in these cookies, which ran out a minute ago. */
  public static String likeThatIn(String cookies, DatabaseUrl database) throws IOException {
    String token = cookies.split("atrium_access=")[1].split(";")[0];
    JsonObject claims = new JsonObject(
      new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8)
    );
    Path master = Files.createTempFile("master", ".key");
    Files.writeString(master, Base64.getEncoder().encodeToString(new byte[32]));
    Vertx vertx = Vertx.vertx();
    try {
      Db db = await(Db.connect(vertx, DatabaseConfig.defaults(database)));
      Duration life = Duration.ofMinutes(10);
      InstantSource back = InstantSource.fixed(
        InstantSource.system().instant().minus(life).minusSeconds(60)
      );
      AccessTokens tokens = await(
        AccessTokens.load(
          vertx,
          new PgSigningKeys(
            vertx,
            db,
            MasterKey.load(master, Optional.empty()),
            AuditTrail.create(vertx, db)
          ),
          life,
          back
        )
      );
      String old = tokens.sign(
        UUID.fromString(claims.getString("sub")),
        UUID.fromString(claims.getString("sid"))
      );
      await(db.close());
      return old;
    } finally {
      await(vertx.close());
      Files.delete(master);
    }
  }
}
