-- Text files that go with a prompt.

CREATE TABLE file (
  id         uuid PRIMARY KEY,
  message_id uuid NOT NULL REFERENCES message ON DELETE CASCADE,
  ordinal    integer NOT NULL CHECK (ordinal BETWEEN 0 AND 9),
  -- 200 and 100,000 characters of at most four bytes, and 29 of the encryption.
  name       bytea NOT NULL CHECK (length(name) <= 829),
  body       bytea NOT NULL CHECK (length(body) <= 400029),
  key_id     uuid NOT NULL,
  bytes      integer NOT NULL CHECK (bytes BETWEEN 1 AND 400000),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (message_id, ordinal)
);
COMMENT ON TABLE file IS 'Written with its message and never changed; goes with it. Name and body are encrypted by the key of the conversation and bound to the row.';
COMMENT ON COLUMN file.bytes IS 'Size of the text, so that a file can be told of without being decrypted.';

-- ───────────────────────────── who may do what ─────────────────────────────

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT SELECT, INSERT ON file TO hub_app;
  END IF;
END $$;
