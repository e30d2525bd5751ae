-- The database of the personal keys: one row for each key that a person has or had. It is a database of
-- its own so that it has its own, short-lived backups: whoever is erased can't be read any more from any
-- backup of the other database once the last backup of this one that knew the key is gone.

CREATE TABLE installation (
  id         smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  install_id uuid NOT NULL,
  moved_at   timestamptz
);
COMMENT ON TABLE installation IS 'Whose keys these are: a hub of another installation is refused.';
COMMENT ON COLUMN installation.moved_at IS 'When keys were last moved here out of the other database, whose older backups therefore still hold keys. NULL: it never held any.';

CREATE TABLE personal_key (
  id            uuid PRIMARY KEY,
  user_id       uuid NOT NULL,
  version       integer NOT NULL CHECK (version >= 1),
  wrapped_key   bytea,
  master_key_id text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  destroyed_at  timestamptz,
  UNIQUE (user_id, version),
  CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE INDEX personal_key_master ON personal_key (master_key_id) WHERE destroyed_at IS NULL;
COMMENT ON TABLE personal_key IS 'Wrapped by a master key. The newest version wraps the keys of new conversations. A person all of whose keys are destroyed was erased.';

CREATE FUNCTION refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'key % was destroyed', OLD.id USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON personal_key
  FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION refuse_revival();

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_keys') THEN
    GRANT SELECT, INSERT ON personal_key, installation TO hub_keys;
    GRANT UPDATE (wrapped_key, master_key_id, destroyed_at) ON personal_key TO hub_keys;
    GRANT UPDATE (moved_at) ON installation TO hub_keys;
  ELSE
    RAISE NOTICE 'atrium: no role hub_keys, the hub will run as the owner of the keys';
  END IF;
END $$;
