package dev.atrium.keys;

import com.google.crypto.tink.Aead;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * A service that encrypts the file of master keys, so that the file alone is of no use: the transit engine
 * of HashiCorp Vault (or OpenBao) over HTTPS. It is asked when a process reads or writes the file, and
 * never gives its own key out. Blocks the calling thread, for five seconds at most.
 */
public final class Kms implements Aead {

  /** {@code vault://host:port/mount/key}; {@code vault+http://} for a service on this machine. */
  public static final String ADDRESS = "ATRIUM_MASTER_KEY_KMS";

  /** A file with the token, read anew each time. */
  public static final String TOKEN_FILE = "ATRIUM_MASTER_KEY_KMS_TOKEN_FILE";

  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final URI base;
  private final String mount;
  private final String key;
  private final Path tokenFile;

  private Kms(URI base, String mount, String key, Path tokenFile) {
    this.base = base;
    this.mount = mount;
    this.key = key;
    this.tokenFile = tokenFile;
  }

  /**
   * The service that the environment names, if it names one.
   *
   * @throws IllegalArgumentException with one sentence, if what it says can't be meant
   */
  public static Optional<Kms> fromEnvironment(Map<String, String> environment) {
    String address = environment.getOrDefault(ADDRESS, "").strip();
    String token = environment.getOrDefault(TOKEN_FILE, "").strip();
    if (address.isEmpty() && token.isEmpty()) {
      return Optional.empty();
    }
    if (address.isEmpty() || token.isEmpty()) {
      throw new IllegalArgumentException(ADDRESS + " and " + TOKEN_FILE + " need each other");
    }
    return Optional.of(of(address, Path.of(token)));
  }

  private static Kms of(String address, Path tokenFile) {
    try {
      URI uri = new URI(address);
      boolean plain = "vault+http".equals(uri.getScheme());
      String[] path = String.valueOf(uri.getPath()).split("/", -1);
      if (
        ("vault".equals(uri.getScheme()) || (plain && isThisMachine(uri.getHost()))) &&
        uri.getHost() != null &&
        uri.getUserInfo() == null &&
        uri.getQuery() == null &&
        path.length == 3 &&
        path[1].matches("[A-Za-z0-9_.-]+") &&
        path[2].matches("[A-Za-z0-9_.-]+")
      ) {
        String scheme = plain ? "http" : "https";
        int port = uri.getPort() < 0 ? 8200 : uri.getPort();
        URI base = new URI(scheme, null, uri.getHost(), port, "/", null, null);
        return new Kms(base, path[1], path[2], tokenFile);
      }
    } catch (URISyntaxException _) {
      // told below
    }
    throw new IllegalArgumentException(
      ADDRESS +
      " must be vault://host:port/mount/key, the transit engine of a Vault; nothing else is supported"
    );
  }

  private static boolean isThisMachine(String host) {
    try {
      return host != null && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  @Override
  public byte[] encrypt(byte[] plaintext, byte[] associatedData) throws GeneralSecurityException {
    JsonObject body = new JsonObject();
    body.addProperty("plaintext", base64(plaintext));
    body.addProperty("associated_data", base64(associatedData));
    return ask("encrypt", body, "ciphertext").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] decrypt(byte[] ciphertext, byte[] associatedData) throws GeneralSecurityException {
    JsonObject body = new JsonObject();
    body.addProperty("ciphertext", new String(ciphertext, StandardCharsets.UTF_8));
    body.addProperty("associated_data", base64(associatedData));
    try {
      return Base64.getDecoder().decode(ask("decrypt", body, "plaintext"));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException(this + " gave no plaintext", e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private String ask(String deed, JsonObject body, String answer) throws GeneralSecurityException {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
      HttpRequest request = HttpRequest.newBuilder(
        base.resolve("/v1/" + mount + "/" + deed + "/" + key)
      )
        .timeout(LIMIT)
        .header("X-Vault-Token", Files.readString(tokenFile).strip())
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
        .build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        // The body may repeat what was sent.
        throw new GeneralSecurityException(this + " answers with " + response.statusCode());
      }
      return JsonParser.parseString(response.body())
        .getAsJsonObject()
        .getAsJsonObject("data")
        .get(answer)
        .getAsString();
    } catch (IOException e) {
      throw new GeneralSecurityException(this + " can't be reached: " + e, e);
    } catch (
      JsonParseException
      | NullPointerException
      | ClassCastException
      | IllegalStateException e
    ) {
      throw new GeneralSecurityException(this + " gives an answer that can't be read", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GeneralSecurityException(this + " was not waited for", e);
    }
  }

  /** The address, without the token. */
  @Override
  public String toString() {
    return "the key service " + base + mount + "/" + key;
  }
}
