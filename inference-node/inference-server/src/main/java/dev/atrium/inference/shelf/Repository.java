package dev.atrium.inference.shelf;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One commit of a repository, with the files that a model needs of it and what they must be like.
 *
 * @param id as {@code organisation/name}
 * @param commit to which everything is bound that is fetched
 */
record Repository(String id, String commit, List<RemoteFile> files) {
  private static final int LISTING_BYTES = 16 << 20;
  private static final int FILES = 10_000;
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /**
   * A file of the repository's top folder.
   *
   * @param hash of its content: SHA-256 where it is kept apart (LFS), else git's own, SHA-1 over
   *     {@code blob SIZE\0} and the content
   */
  record RemoteFile(String name, long size, String hash, boolean sha256) {}

  /** @throws ShelfException if it does not exist, or is not told of as it should be */
  static Repository of(Endpoint endpoint, String id, String revision) throws IOException {
    String path = "/api/models/" + id + "/revision/" + encoded(revision) + "?blobs=true";
    HttpResponse<InputStream> response = endpoint.get(path, 0);
    try (InputStream body = response.body()) {
      require(endpoint, id, response.statusCode());
      byte[] bytes = body.readNBytes(LISTING_BYTES + 1);
      if (bytes.length > LISTING_BYTES) {
        throw odd(endpoint, "the list of its files is too long");
      }
      return read(endpoint, id, new JsonObject(new String(bytes, StandardCharsets.UTF_8)));
    } catch (DecodeException | ClassCastException e) {
      throw odd(endpoint, "the list of its files can't be read");
    }
  }

  static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Where a file of it can be had. */
  String path(RemoteFile file) {
    return "/" + id + "/resolve/" + commit + "/" + encoded(file.name());
  }

  Optional<RemoteFile> file(String name) {
    return files
      .stream()
      .filter(file -> file.name().equals(name))
      .findFirst();
  }

  static void require(Endpoint endpoint, String what, int status) throws IOException {
    switch (status) {
      case 200, 206 -> {}
      case 401, 403 -> throw new ShelfException(
        ShelfException.UNAVAILABLE,
        "%s does not give out %s: it does not exist, or a token (HF_TOKEN) is needed that may read it.".formatted(
          endpoint.name(),
          what
        )
      );
      case 404 -> throw new ShelfException(
        ShelfException.UNKNOWN,
        "%s has no %s.".formatted(endpoint.name(), what)
      );
      // Worth another try.
      default -> throw new IOException(endpoint.name() + " answers " + status);
    }
  }

  private static Repository read(Endpoint endpoint, String id, JsonObject json) {
    String commit = json.getString("sha", "");
    JsonArray siblings = json.getJsonArray("siblings", new JsonArray());
    if (!COMMIT.matcher(commit).matches() || siblings.size() > FILES) {
      throw odd(endpoint, "it has no commit, or too many files");
    }
    List<RemoteFile> files = new ArrayList<>();
    for (int i = 0; i < siblings.size(); i++) {
      JsonObject sibling = siblings.getJsonObject(i);
      String name = sibling.getString("rfilename", "");
      // Only what lies at the top and can be the name of a file here.
      if (Shelf.isName(name)) {
        read(name, sibling).ifPresent(files::add);
      }
    }
    return new Repository(id, commit, files);
  }

  private static Optional<RemoteFile> read(String name, JsonObject sibling) {
    JsonObject lfs = sibling.getJsonObject("lfs");
    if (lfs != null) {
      String hash = lfs.getString("sha256", "");
      long size = lfs.getLong("size", -1L);
      return HASH.matcher(hash).matches() && size >= 0
        ? Optional.of(new RemoteFile(name, size, hash, true))
        : Optional.empty();
    }
    String blob = sibling.getString("blobId", "");
    long size = sibling.getLong("size", -1L);
    return COMMIT.matcher(blob).matches() && size >= 0
      ? Optional.of(new RemoteFile(name, size, blob, false))
      : Optional.empty();
  }

  private static ShelfException odd(Endpoint endpoint, String why) {
    return new ShelfException(
      ShelfException.DAMAGED,
      "%s does not answer as a Hugging Face endpoint does: %s.".formatted(endpoint.name(), why)
    );
  }
}
