package dev.atrium.hub.share;

import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.DataKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Encrypts what a share holds, each part bound to its place in the row, and decrypts it. */
final class ShareSeal {

  private final DataKey key;
  private final UUID shareId;

  ShareSeal(DataKey key, UUID shareId) {
    this.key = key;
    this.shareId = shareId;
  }

  private Aad place(String column) {
    return Aad.of("share." + column, shareId);
  }

  private byte[] seal(String column, String text) {
    return key.seal(text.getBytes(StandardCharsets.UTF_8), place(column));
  }

  private String open(String column, byte[] sealed) {
    return new String(key.open(sealed, place(column)), StandardCharsets.UTF_8);
  }

  byte[] address(ShareAddress address) {
    return seal("address", address.reveal());
  }

  byte[] title(String title) {
    return seal("title", title);
  }

  byte[] content(Snapshot snapshot) {
    return key.seal(snapshot.bytes(), place("content"));
  }

  ShareAddress openAddress(byte[] sealed) {
    return ShareAddress.parse(open("address", sealed)).orElseThrow();
  }

  String openTitle(byte[] sealed) {
    return open("title", sealed);
  }

  List<SharedMessage> openContent(byte[] sealed) {
    return Snapshot.messages(key.open(sealed, place("content")));
  }
}
