-- API keys, and people who sign in by somebody else's directory (OIDC, LDAP).

-- ───────────────────────────── API keys ─────────────────────────────

ALTER TABLE signing_key
  DROP CONSTRAINT signing_key_purpose_check,
  ADD CONSTRAINT signing_key_purpose_check CHECK (purpose IN ('access_token', 'audit_checkpoint', 'api_key')),
  ALTER COLUMN public_key DROP NOT NULL,
  -- Keys of HMAC have no public half.
  ADD CONSTRAINT signing_key_public CHECK ((public_key IS NULL) = (purpose = 'api_key'));

CREATE TABLE api_key (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  owner_id     uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  name         text NOT NULL CHECK (name ~ '^[^[:cntrl:]]{1,100}$'),
  prefix       text NOT NULL UNIQUE CHECK (prefix ~ '^atr_[0-9A-Za-z]{8}$'),
  secret_hash  bytea CHECK (length(secret_hash) = 32),
  secret_mac   bytea CHECK (length(secret_mac) = 32),
  mac_kid      text REFERENCES signing_key,
  scopes       text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 20 AND array_position(scopes, NULL) IS NULL),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  CHECK ((secret_hash IS NULL) <> (secret_mac IS NULL)),
  CHECK ((secret_mac IS NULL) = (mac_kid IS NULL)),
  CHECK (expires_at > created_at)
);
CREATE INDEX api_key_owner ON api_key (owner_id);
CREATE INDEX api_key_mac_kid ON api_key (mac_kid) WHERE mac_kid IS NOT NULL;
CREATE INDEX api_key_unsealed ON api_key (id) WHERE secret_hash IS NOT NULL;
COMMENT ON TABLE api_key IS 'Whoever makes one has no key of the hubs, and leaves the SHA-256 of its 256 random bits; the next hub that looks replaces that by an HMAC of it.';
COMMENT ON COLUMN api_key.prefix IS 'The beginning of the key: finds it, and may be shown.';
COMMENT ON COLUMN api_key.last_used_at IS 'Written at most once a minute.';

-- ───────────────────────────── sessions ─────────────────────────────

ALTER TABLE user_session
  DROP CONSTRAINT user_session_revoked_reason_check,
  ADD CONSTRAINT user_session_revoked_reason_check CHECK (revoked_reason IN
    ('signed_out', 'signed_out_elsewhere', 'password_changed', 'token_reused', 'administrator', 'user_disabled')),
  ADD COLUMN provider text NOT NULL DEFAULT 'password' CHECK (provider IN ('password', 'oidc', 'ldap'));
COMMENT ON COLUMN user_session.provider IS 'Who vouched for the user.';

-- Hubs ask for every open socket every few seconds; of what somebody ended elsewhere they hear at once.
-- An ordinary sign-out is too common for that, and its own page knows.
CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  v bigint;
BEGIN
  UPDATE change_counter SET version = version + 1 RETURNING version INTO v;
  PERFORM pg_notify('atrium_changes', v::text);
  RETURN NULL;
END $$;
CREATE TRIGGER user_session_ended AFTER UPDATE OF revoked_at ON user_session FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.revoked_reason NOT IN ('signed_out', 'user_disabled'))
  EXECUTE FUNCTION note_row();
CREATE TRIGGER api_key_added AFTER INSERT ON api_key FOR EACH ROW EXECUTE FUNCTION note_row();
CREATE TRIGGER api_key_ended AFTER UPDATE OF revoked_at, expires_at ON api_key FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
  EXECUTE FUNCTION note_row();

-- ───────────────────────────── people of somebody else's directory ─────────────────────────────

CREATE FUNCTION department_at(p_path text) RETURNS uuid LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  WITH RECURSIVE tree AS (
    SELECT id, closed_at, name::text AS path, 0 AS depth FROM department WHERE parent_id IS NULL
    UNION ALL
    SELECT d.id, d.closed_at, CASE WHEN t.depth = 0 THEN d.name ELSE t.path || '/' || d.name END, t.depth + 1
    FROM department d JOIN tree t ON d.parent_id = t.id
  )
  SELECT id FROM tree WHERE lower(path) = lower(p_path) AND closed_at IS NULL
$$;
COMMENT ON FUNCTION department_at IS 'By its path without the root, as Sales/Export; NULL if there is no such open department.';

CREATE FUNCTION directory_standing(p_user uuid) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'department', (SELECT department_id::text FROM app_user WHERE id = p_user),
    'groups', (SELECT coalesce(string_agg(g.name, ', ' ORDER BY g.name), '') FROM group_member m
      JOIN user_group g ON g.id = m.group_id WHERE m.user_id = p_user),
    'roles', (SELECT coalesce(string_agg(r.role || coalesce(':' || r.department_id, ''), ', ' ORDER BY r.role, r.department_id), '')
      FROM user_role r WHERE r.user_id = p_user))
$$;

-- Finds, links or makes the user whom a directory has vouched for, and keeps in step what the directory
-- decides. p_map: the lines of the map, each with whether this person is in its group.
CREATE FUNCTION directory_sign_in(
  p_kind text, p_provider text, p_subject text, p_name text, p_display_name text, p_email text, p_locale text,
  p_create boolean, p_map jsonb,
  OUT user_id uuid, OUT user_name text, OUT outcome text, OUT before jsonb, OUT after jsonb, OUT missing text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  who app_user%ROWTYPE;
  home uuid;
  line record;
  place uuid;
BEGIN
  -- Two tabs of somebody who comes for the first time.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_provider || ' ' || p_subject, 4702111234474983761));
  SELECT c.user_id INTO user_id FROM credential c WHERE c.provider = p_provider AND c.subject = p_subject;
  outcome := 'known';
  IF user_id IS NULL THEN
    SELECT * INTO who FROM app_user u WHERE lower(u.name) = lower(p_name) FOR UPDATE;
    IF who.id IS NULL THEN
      IF NOT p_create THEN
        outcome := 'unknown';
        RETURN;
      END IF;
      IF p_name !~ '^[^\s[:cntrl:]]{1,100}$' THEN
        outcome := 'unfit_name';
        RETURN;
      END IF;
      INSERT INTO app_user (name, display_name, email, department_id, locale)
        SELECT p_name, left(coalesce(nullif(btrim(p_display_name), ''), p_name), 200), p_email, d.id, p_locale
        FROM department d WHERE d.parent_id IS NULL
        RETURNING id INTO user_id;
      outcome := 'created';
    ELSIF who.kind <> 'person' OR EXISTS (SELECT FROM credential c WHERE c.user_id = who.id) THEN
      -- A name is no proof: whoever may choose theirs in the directory could choose that of somebody here.
      outcome := 'name_taken';
      RETURN;
    ELSE
      user_id := who.id;
      outcome := 'linked';
    END IF;
    INSERT INTO credential (user_id, kind, provider, subject, last_used_at)
      VALUES (directory_sign_in.user_id, p_kind, p_provider, p_subject, clock_timestamp());
  END IF;
  SELECT * INTO who FROM app_user u WHERE u.id = user_id FOR UPDATE;
  user_name := who.name;
  IF who.status <> 'active' THEN
    outcome := 'disabled';
    RETURN;
  END IF;
  UPDATE credential c SET last_used_at = clock_timestamp() WHERE c.provider = p_provider AND c.subject = p_subject;
  before := directory_standing(user_id);

  FOR line IN
    SELECT l.gives, l.name, l.scope, bool_or(l.has) AS has
    FROM jsonb_to_recordset(p_map) AS l (gives text, name text, scope text, has boolean)
    WHERE l.gives IN ('group', 'role') GROUP BY l.gives, l.name, l.scope
  LOOP
    IF line.gives = 'group' THEN
      SELECT g.id INTO place FROM user_group g WHERE lower(g.name) = lower(line.name);
      IF place IS NULL THEN
        missing := concat_ws(', ', missing, 'group ' || line.name);
      ELSIF line.has THEN
        INSERT INTO group_member (group_id, user_id) VALUES (place, who.id) ON CONFLICT DO NOTHING;
      ELSE
        DELETE FROM group_member m WHERE m.group_id = place AND m.user_id = who.id;
      END IF;
    ELSE
      place := NULL;
      IF line.scope <> '' THEN
        place := department_at(line.scope);
        IF place IS NULL THEN
          missing := concat_ws(', ', missing, 'department ' || line.scope);
          CONTINUE;
        END IF;
      END IF;
      IF line.has THEN
        INSERT INTO user_role (user_id, role, department_id) VALUES (who.id, line.name, place) ON CONFLICT DO NOTHING;
      ELSE
        -- The lock and the rule are those of the operators' commands: somebody must be able to let people in.
        PERFORM pg_advisory_xact_lock(4702111234474983749) WHERE line.name = 'administrator';
        DELETE FROM user_role r WHERE r.user_id = who.id AND r.role = line.name AND r.department_id IS NOT DISTINCT FROM place
          AND (line.name <> 'administrator' OR EXISTS (
            SELECT FROM user_role o JOIN app_user u ON u.id = o.user_id
            WHERE o.role = 'administrator' AND u.status = 'active' AND u.id <> who.id));
      END IF;
    END IF;
  END LOOP;

  FOR line IN
    SELECT l.name FROM jsonb_array_elements(p_map) WITH ORDINALITY AS e (value, n),
      jsonb_to_record(e.value) AS l (gives text, name text, has boolean)
    WHERE l.gives = 'department' AND l.has ORDER BY e.n
  LOOP
    home := department_at(line.name);
    EXIT WHEN home IS NOT NULL;
    missing := concat_ws(', ', missing, 'department ' || line.name);
  END LOOP;
  UPDATE app_user u SET revision = u.revision + 1,
      department_id = coalesce(home, u.department_id),
      display_name = left(coalesce(nullif(btrim(p_display_name), ''), u.display_name), 200),
      email = coalesce(p_email, u.email)
    WHERE u.id = who.id AND (u.department_id, u.display_name, coalesce(u.email, '')) IS DISTINCT FROM
      (coalesce(home, u.department_id), left(coalesce(nullif(btrim(p_display_name), ''), u.display_name), 200),
        coalesce(p_email, u.email, ''));
  after := directory_standing(user_id);
END $$;
COMMENT ON FUNCTION directory_sign_in IS 'A hub can''t make memberships and roles otherwise; that somebody was vouched for is the hub''s word.';

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION note_row, department_at, directory_standing, directory_sign_in FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    -- A hub checks and seals keys, and never makes one.
    GRANT SELECT, UPDATE (secret_hash, secret_mac, mac_kid, last_used_at) ON api_key TO hub_app;
    GRANT EXECUTE ON FUNCTION directory_sign_in TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT (id, owner_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at) ON api_key TO portal_app;
    GRANT INSERT (owner_id, name, prefix, secret_hash, scopes, expires_at) ON api_key TO portal_app;
    GRANT UPDATE (revoked_at) ON api_key TO portal_app;
  END IF;
END $$;
