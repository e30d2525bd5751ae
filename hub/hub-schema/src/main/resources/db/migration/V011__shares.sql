-- Shares: a conversation as it was at a moment, for whoever in the company has the link.

CREATE TABLE share (
  id              uuid PRIMARY KEY,
  author_id       uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
  address_hash    bytea NOT NULL UNIQUE CHECK (length(address_hash) = 32),
  address         bytea NOT NULL CHECK (length(address) <= 100),
  title           bytea NOT NULL CHECK (length(title) <= 4000),
  content         bytea NOT NULL CHECK (length(content) <= 2097152 + 29),
  key_id          uuid NOT NULL,
  messages        integer NOT NULL CHECK (messages BETWEEN 1 AND 1000),
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  ended_at        timestamptz,
  CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days')
);
CREATE INDEX share_author ON share (author_id, created_at);
CREATE INDEX share_conversation ON share (conversation_id);
COMMENT ON TABLE share IS 'Address, title and content are encrypted by the key of this share and bound to its row. The id is in lists and in the audit log and opens nothing; the address does, and only its SHA-256 is here.';

-- The key of a share lies among those of conversations, so that whatever wraps keys anew or destroys
-- them, on a hub of the version before too, does so with it.
ALTER TABLE conversation_key ALTER COLUMN conversation_id DROP NOT NULL;
-- Deferred, as of a conversation: what a share holds is encrypted before its row can be written.
ALTER TABLE conversation_key ADD COLUMN share_id uuid UNIQUE REFERENCES share ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE conversation_key ADD CONSTRAINT conversation_key_of_one CHECK (num_nonnulls(conversation_id, share_id) = 1);
COMMENT ON COLUMN conversation_key.share_id IS 'In place of a conversation: what a share of one is encrypted with.';

CREATE VIEW share_open AS
  SELECT s.*, u.display_name AS author_name
  FROM share s JOIN app_user u ON u.id = s.author_id JOIN conversation c ON c.id = s.conversation_id
  WHERE s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.status = 'active' AND c.deleted_at IS NULL;
COMMENT ON VIEW share_open IS 'Shares that can be read now: while their author may come in and the conversation is there.';

CREATE FUNCTION share_purge(p_limit integer) RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM share WHERE id IN (
      SELECT s.id FROM share s JOIN conversation c ON c.id = s.conversation_id
      WHERE (s.ended_at IS NOT NULL OR s.expires_at <= clock_timestamp() OR c.deleted_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.user_id = s.author_id AND h.released_at IS NULL)
      LIMIT p_limit)
    RETURNING id
  )
  SELECT count(*) FROM gone
$$;
COMMENT ON FUNCTION share_purge IS 'Removes up to so many shares that are over, with their keys; those of a person under a legal hold stay.';

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION share_purge FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT SELECT, INSERT, UPDATE (ended_at) ON share TO hub_app;
    GRANT SELECT ON share_open TO hub_app;
    GRANT EXECUTE ON FUNCTION share_purge TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT (id, author_id, conversation_id, messages, created_at, expires_at, ended_at), UPDATE (ended_at)
      ON share TO portal_app;
  END IF;
END $$;
