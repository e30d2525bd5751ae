package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.WrongMasterKeyException;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AccessTokensTest {

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final UUID USER = UUID.randomUUID();
  private static final UUID SESSION = UUID.randomUUID();
  private static final MasterKey master = MasterKey.random();
  private static HubData data;
  private static AccessTokens tokens;

  @BeforeAll
  static void start() {
    data = new HubData();
    tokens = load(master);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static AccessTokens load(MasterKey key) {
    return await(
      AccessTokens.load(data.vertx, keys(key), Duration.ofMinutes(10), InstantSource.system())
    );
  }

  private static PgSigningKeys keys(MasterKey key) {
    return new PgSigningKeys(data.vertx, data.db, key, AuditTrail.create(data.vertx, data.db));
  }

  private static JsonObject part(String token, int index) {
    var bytes = Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]);
    return new JsonObject(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String encode(JsonObject json) {
    return BASE64.encodeToString(json.encode().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void saysWhoAndWhichSessionAndNothingElse() {
    var token = tokens.sign(USER, SESSION);
    assertThat(await(tokens.verify(token))).isEqualTo(new AccessTokens.Claims(USER, SESSION));
    assertThat(part(token, 0).fieldNames()).containsExactlyInAnyOrder("alg", "typ", "kid");
    assertThat(part(token, 1).fieldNames()).containsExactlyInAnyOrder(
      "sub",
      "sid",
      "iat",
      "exp",
      "iss",
      "aud"
    );
  }

  @Test
  void refusesWhatItHasVerifiedOnceItsTimeIsOver() {
    var now = new AtomicReference<>(Instant.now());
    var aging = await(
      AccessTokens.load(data.vertx, keys(master), Duration.ofMinutes(10), now::get)
    );
    var token = aging.sign(USER, SESSION);
    now.set(now.get().plus(Duration.ofMinutes(9)));
    await(aging.verify(token));
    await(aging.verify(token));
    now.set(now.get().plus(Duration.ofMinutes(1)));
    assertRefused(aging.verify(token), ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void sharesOneKeyBetweenHubsThatStartTogether() {
    data.database.execute("DELETE FROM signing_key");
    var hubs = new ArrayList<Future<AccessTokens>>();
    for (var i = 0; i < 4; i++) {
      hubs.add(
        AccessTokens.load(data.vertx, keys(master), Duration.ofMinutes(10), InstantSource.system())
      );
    }
    await(Future.all(hubs));
    assertThat(data.database.value("SELECT count(*) FROM signing_key")).isEqualTo("1");
    var token = hubs.getFirst().result().sign(USER, SESSION);
    await(hubs.getLast().result().verify(token));
    tokens = load(master);
  }

  @Test
  void makesANewKeyInTimeAndStillAcceptsTheOldOne() {
    var old = tokens.sign(USER, SESSION);
    var oldKid = part(old, 0).getString("kid");
    data.database.execute(
      "UPDATE signing_key SET sign_until = now() + interval '1 hour', created_at = now() - interval '89 days'"
    );
    var renewed = load(master);
    assertThat(data.database.value("SELECT count(*) FROM signing_key")).isEqualTo("2");
    // Not before every hub can have read it: one that asks has not asked within the last seconds.
    assertThat(part(renewed.sign(USER, SESSION), 0).getString("kid")).isEqualTo(oldKid);
    data.database.execute("UPDATE signing_key SET created_at = created_at - interval '2 minutes'");
    await(renewed.reload());
    var young = renewed.sign(USER, SESSION);
    assertThat(part(young, 0).getString("kid")).isNotEqualTo(oldKid);
    await(renewed.verify(old));
    await(load(master).verify(young));
    data.database.execute(
      "UPDATE signing_key SET verify_until = now(), sign_until = now() WHERE kid = '" + oldKid + "'"
    );
    await(renewed.reload());
    assertRefused(renewed.verify(old), ErrorCode.UNAUTHENTICATED);
    await(renewed.verify(young));
    tokens = renewed;
  }

  @Test
  void refusesEveryForgery() throws Exception {
    var token = tokens.sign(USER, SESSION);
    // So that whatever it remembers of the true one is in reach of the forgeries.
    await(tokens.verify(token));
    var parts = token.split("\\.", -1);
    var other = part(token, 1).put("sub", UUID.randomUUID().toString());
    var none = part(token, 0).put("alg", "none");
    var forgeries = new ArrayList<String>();
    forgeries.add("");
    forgeries.add("nonsense");
    forgeries.add("a.b.c");
    forgeries.add("..");
    forgeries.add(parts[0] + "." + parts[1] + ".");
    forgeries.add(parts[0] + "." + encode(other) + "." + parts[2]);
    forgeries.add(encode(none) + "." + parts[1] + ".");
    forgeries.add(encode(none) + "." + parts[1] + "." + parts[2]);
    forgeries.add(encode(part(token, 0).put("typ", "at+jwt")) + "." + parts[1] + "." + parts[2]);
    forgeries.add(encode(part(token, 0).put("kid", 7)) + "." + parts[1] + "." + parts[2]);
    forgeries.add(token + "x".repeat(5_000));
    forgeries.add(
      encode(part(token, 0).put("kid", UUID.randomUUID().toString())) +
      "." +
      parts[1] +
      "." +
      parts[2]
    );
    for (var algorithm : new String[] { "HS256", "HS512", "ES256", "PS256", "RS384", "None" }) {
      forgeries.add(encode(part(token, 0).put("alg", algorithm)) + "." + parts[1] + "." + parts[2]);
    }
    forgeries.add(hmacWithThePublicKey(token));
    forgeries.add(signedByEllipticCurve(token));
    forgeries.add(signedByAnotherKey(token));
    for (var forgery : forgeries) {
      assertRefused(tokens.verify(forgery), ErrorCode.UNAUTHENTICATED);
    }
  }

  /** The classic confusion: the public key taken for an HMAC secret. */
  private static String hmacWithThePublicKey(String token) {
    var publicKey = data.database.value("SELECT encode(public_key, 'base64') FROM signing_key");
    var jwt = JWTAuth.create(
      data.vertx,
      new JWTAuthOptions().addPubSecKey(
        new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(publicKey)
      )
    );
    var head = part(token, 0).put("alg", "HS256");
    return jwt.generateToken(
      part(token, 1),
      new JWTOptions().setAlgorithm("HS256").setHeader(head)
    );
  }

  /** With our key id, so that a verifier that believes the header would look for a key of that kind. */
  private static String signedByEllipticCurve(String token) throws Exception {
    var parts = token.split("\\.", -1);
    var body = encode(part(token, 0).put("alg", "ES256")) + "." + parts[1];
    return signed(body, "SHA256withECDSAinP1363Format", ellipticCurve().getPrivate());
  }

  private static String signedByAnotherKey(String token) throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    var body = token.substring(0, token.lastIndexOf('.'));
    return signed(body, "SHA256withRSA", generator.generateKeyPair().getPrivate());
  }

  private static KeyPair ellipticCurve() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static String signed(String body, String algorithm, PrivateKey key) throws Exception {
    var signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(body.getBytes(StandardCharsets.US_ASCII));
    return body + "." + BASE64.encodeToString(signature.sign());
  }

  @Test
  void goesOnWithAKeyOfAnEarlierReleaseUntilItsTimeIsOver() throws Exception {
    data.database.execute("DELETE FROM signing_key");
    var kid = UUID.randomUUID().toString();
    addEllipticCurveKey(kid);
    var upgraded = load(master);
    assertThat(data.database.value("SELECT count(*) FROM signing_key")).isEqualTo("1");
    var old = upgraded.sign(USER, SESSION);
    assertThat(part(old, 0).getString("kid")).isEqualTo(kid);
    assertThat(part(old, 0).getString("alg")).isEqualTo("ES256");
    assertThat(await(upgraded.verify(old)).userId()).isEqualTo(USER);

    data.database.execute("UPDATE signing_key SET sign_until = now() + interval '1 hour'");
    await(upgraded.reload());
    data.database.execute("UPDATE signing_key SET created_at = created_at - interval '2 minutes'");
    await(upgraded.reload());
    var young = upgraded.sign(USER, SESSION);
    assertThat(part(young, 0).getString("alg")).isEqualTo("RS256");
    await(upgraded.verify(young));
    await(upgraded.verify(old));
    var crossed = encode(part(old, 0).put("alg", "RS256")) + young.substring(young.indexOf('.'));
    assertRefused(upgraded.verify(crossed), ErrorCode.UNAUTHENTICATED);
    data.database.execute("DELETE FROM signing_key");
    tokens = load(master);
  }

  /** As hubs made it before they signed with RSA. */
  private static void addEllipticCurveKey(String kid) throws Exception {
    var pair = ellipticCurve();
    var wrapped = master.wrap(pair.getPrivate().getEncoded(), Aad.of("signing_key", kid));
    await(
      data.db.inTransaction(tx ->
        tx
          .sql()
          .preparedQuery(
            """
            INSERT INTO signing_key (kid, purpose, algorithm, public_key, wrapped_key, master_key_id,
              created_at, sign_until, verify_until)
            VALUES ($1, 'access_token', 'ES256', $2, $3, $4, now() - interval '30 days',
              now() + interval '60 days', now() + interval '62 days')
            """
          )
          .execute(
            Tuple.of(
              kid,
              Buffer.buffer(pair.getPublic().getEncoded()),
              Buffer.buffer(wrapped.bytes()),
              wrapped.keyId()
            )
          )
      )
    );
  }

  @Test
  void refusesATokenOfAnotherIssuerOrAudience() {
    for (var field : new String[] { "iss", "aud" }) {
      var forged = forgeWithOurKey(field);
      assertRefused(tokens.verify(forged), ErrorCode.UNAUTHENTICATED);
    }
  }

  private static String forgeWithOurKey(String field) {
    var key = await(keys(master).load()).getFirst();
    var pem =
      "-----BEGIN PRIVATE KEY-----\n" +
      Base64.getEncoder().encodeToString(key.privatePkcs8().getBytes()) +
      "\n-----END PRIVATE KEY-----\n";
    var jwt = JWTAuth.create(
      data.vertx,
      new JWTAuthOptions().addPubSecKey(
        new PubSecKeyOptions().setId(key.kid()).setAlgorithm(key.algorithm()).setBuffer(pem)
      )
    );
    var token = tokens.sign(USER, SESSION);
    var claims = part(token, 1).put(field, "somebody-else");
    var head = part(token, 0).put("kid", key.kid());
    return jwt.generateToken(
      claims,
      new JWTOptions().setAlgorithm(key.algorithm()).setHeader(head).setNoTimestamp(true)
    );
  }

  @Test
  void saysSoWhenTheDatabaseBelongsToAnotherMasterKey() {
    assertThatThrownBy(() -> load(MasterKey.random())).isInstanceOf(WrongMasterKeyException.class);
  }
}
