package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code share} as an operator types it. */
class ShareCommandTest extends CommandTest {

  private String shared(String user) {
    sql(
      "INSERT INTO app_user (name, display_name, department_id) SELECT '" +
      user +
      "', 'X', id FROM department WHERE parent_id IS NULL"
    );
    return sql(
      """
      WITH c AS (INSERT INTO conversation (owner_id, title, title_key_id)
        SELECT id, 'sealed', uuidv7() FROM app_user WHERE name = '%s' RETURNING id, owner_id)
      INSERT INTO share (id, author_id, conversation_id, address_hash, address, title, content, key_id,
        messages, expires_at)
      SELECT uuidv7(), owner_id, id, sha256(id::text::bytea), 'a', 't', 'c', uuidv7(), 2, now() + interval '1 day'
      FROM c RETURNING id""".formatted(user)
    );
  }

  @Test
  void showsWhoSharesAndEndsWhatIsNamedOnce() {
    String adas = shared("ada");
    String bobs = shared("bob");
    ok("share", "list", "--of", "ada", "--json");
    assertThat(out).contains(adas).doesNotContain(bobs).doesNotContain("address", "content");
    assertThat(run("share", "list", "--of", "nobody")).isEqualTo(AdminException.NOT_FOUND);

    ok("share", "end", adas);
    assertThat(lastAudit("share.end").get("target").asText()).isEqualTo(adas);
    assertThat(run("share", "end", adas)).isEqualTo(AdminException.NOT_FOUND);
    ok("share", "list", "--json");
    assertThat(out).contains(bobs).doesNotContain(adas);
  }
}
