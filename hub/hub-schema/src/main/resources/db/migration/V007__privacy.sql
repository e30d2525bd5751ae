-- What privacy needs: a key for each conversation, wrapped for whoever may read it.

-- ───────────────────────────── keys of conversations ─────────────────────────────

CREATE TABLE conversation_key (
  id              uuid PRIMARY KEY,
  -- Deferred: a title is encrypted before its conversation can be written.
  conversation_id uuid NOT NULL UNIQUE REFERENCES conversation ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE conversation_key IS 'What the titles, bodies and token ids of a conversation are encrypted with; their key_id. Rows of before V007 name the personal key of their owner instead.';

CREATE TABLE conversation_key_wrap (
  key_id          uuid NOT NULL REFERENCES conversation_key ON DELETE CASCADE,
  reader_id       uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  personal_key_id uuid NOT NULL,
  wrapped_key     bytea NOT NULL,
  PRIMARY KEY (key_id, reader_id)
);
CREATE INDEX conversation_key_wrap_reader ON conversation_key_wrap (reader_id);
CREATE INDEX conversation_key_wrap_personal ON conversation_key_wrap (personal_key_id);
COMMENT ON TABLE conversation_key_wrap IS 'The key of a conversation, wrapped by a personal key of each person who may read it. Personal keys are in a database of their own.';
COMMENT ON TABLE user_data_key IS 'Personal keys of before V007; hubs move them to the database of keys when they start.';

-- ───────────────────────────── holds and retention ─────────────────────────────

CREATE TABLE legal_hold (
  id          uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id     uuid NOT NULL REFERENCES app_user,
  reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500 AND reason !~ '[[:cntrl:]]'),
  placed_at   timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz
);
CREATE INDEX legal_hold_user ON legal_hold (user_id);
COMMENT ON TABLE legal_hold IS 'While one is not released, nothing of this person is erased, and retention passes it over.';

CREATE TABLE retention_rule (
  department_id uuid PRIMARY KEY REFERENCES department,
  days          integer NOT NULL CHECK (days BETWEEN 1 AND 36500),
  set_at        timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE retention_rule IS 'Conversations that nobody wrote in for so many days are removed. For a department and all below it that have no rule of their own.';

CREATE TABLE privacy_setting (
  id              smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  key_backup_days integer NOT NULL DEFAULT 30 CHECK (key_backup_days BETWEEN 0 AND 3650)
);
INSERT INTO privacy_setting DEFAULT VALUES;
COMMENT ON COLUMN privacy_setting.key_backup_days IS 'How long a backup of the database of keys is kept, as its operators promise it. A certificate of erasure names the date that follows from it.';

CREATE VIEW retention_due AS
  WITH RECURSIVE tree (id, days) AS (
    SELECT d.id, r.days FROM department d LEFT JOIN retention_rule r ON r.department_id = d.id
    WHERE d.parent_id IS NULL
    UNION ALL
    SELECT d.id, coalesce(r.days, t.days)
    FROM department d JOIN tree t ON d.parent_id = t.id LEFT JOIN retention_rule r ON r.department_id = d.id
  )
  SELECT c.id, u.department_id, c.deleted_at IS NOT NULL AS deleted
  FROM conversation c
  JOIN app_user u ON u.id = c.owner_id
  JOIN tree t ON t.id = u.department_id
  WHERE (c.updated_at < now() - make_interval(days => t.days)
      OR c.deleted_at < now() - make_interval(days => least(30, t.days)))
    AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.user_id = c.owner_id AND h.released_at IS NULL)
    AND NOT EXISTS (SELECT FROM generation g
      WHERE g.conversation_id = c.id AND g.status IN ('pending', 'running'));
COMMENT ON VIEW retention_due IS 'Conversations that retention removes next. What somebody deleted goes after 30 days at the latest, rule or no rule.';

-- ───────────────────────────── jobs ─────────────────────────────

CREATE TABLE privacy_job (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  kind         text NOT NULL CHECK (kind IN ('export', 'erase', 'retention', 'rotate_master', 'rotate_personal')),
  subject_id   uuid REFERENCES app_user,
  args         jsonb NOT NULL DEFAULT '{}',
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
  not_before   timestamptz NOT NULL DEFAULT clock_timestamp(),
  step         text,
  done         bigint NOT NULL DEFAULT 0,
  total        bigint,
  state        jsonb NOT NULL DEFAULT '{}',
  holder       text,
  expires_at   timestamptz,
  attempts     integer NOT NULL DEFAULT 0,
  error        text,
  result       jsonb,
  finished_at  timestamptz,
  CHECK ((kind IN ('export', 'erase')) = (subject_id IS NOT NULL)),
  CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX privacy_job_once ON privacy_job (kind, subject_id) NULLS NOT DISTINCT
  WHERE status IN ('queued', 'running');
CREATE INDEX privacy_job_open ON privacy_job (requested_at) WHERE status IN ('queued', 'running');
CREATE INDEX privacy_job_subject ON privacy_job (subject_id) WHERE subject_id IS NOT NULL;
COMMENT ON TABLE privacy_job IS 'Work that hubs do in small steps under a lease. state is where to go on after a restart.';

CREATE TABLE export_part (
  job_id  uuid NOT NULL REFERENCES privacy_job ON DELETE CASCADE,
  ordinal integer NOT NULL CHECK (ordinal >= 0),
  content bytea NOT NULL,
  PRIMARY KEY (job_id, ordinal)
);
COMMENT ON TABLE export_part IS 'Encrypted to a key that only whoever asked for the export has. Removed when it was fetched, or after a day.';

-- ───────────────────────────── reading in an emergency ─────────────────────────────

CREATE TABLE break_glass (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  owner_id        uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  requested_by    uuid NOT NULL REFERENCES app_user,
  reason          text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500 AND reason !~ '[[:cntrl:]]'),
  minutes         integer NOT NULL CHECK (minutes BETWEEN 5 AND 1440),
  requested_at    timestamptz NOT NULL DEFAULT now(),
  approved_by     uuid REFERENCES app_user,
  approved_at     timestamptz,
  expires_at      timestamptz,
  CHECK (requested_by <> owner_id),
  CHECK (approved_by <> requested_by AND approved_by <> owner_id),
  CHECK ((approved_by IS NULL) = (expires_at IS NULL) AND (approved_by IS NULL) = (approved_at IS NULL))
);
CREATE INDEX break_glass_owner ON break_glass (owner_id);
CREATE INDEX break_glass_requested_by ON break_glass (requested_by);
CREATE INDEX break_glass_approved_by ON break_glass (approved_by) WHERE approved_by IS NOT NULL;
COMMENT ON TABLE break_glass IS 'Somebody asks to read a person''s chats, somebody else approves it, for a while. The person is told when it is approved.';

CREATE TABLE notice (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id    uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  kind       text NOT NULL CHECK (kind IN ('break_glass')),
  args       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz
);
CREATE INDEX notice_user ON notice (user_id, created_at);
COMMENT ON TABLE notice IS 'What a person must be told when they come next.';

-- ───────────────────────────── functions: erasing ─────────────────────────────

CREATE FUNCTION privacy_delete_conversations(p_ids uuid[]) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  gone integer;
BEGIN
  DELETE FROM answer_chunk a USING generation g WHERE g.conversation_id = ANY (p_ids) AND a.generation_id = g.id;
  -- What was used stays in the books; what was said does not.
  UPDATE generation SET conversation_id = NULL, message_id = NULL, input_snapshot = NULL, input_key_id = NULL
    WHERE conversation_id = ANY (p_ids);
  DELETE FROM conversation WHERE id = ANY (p_ids);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

CREATE FUNCTION privacy_purge_due(p_limit integer) RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT privacy_delete_conversations(ARRAY(SELECT id FROM retention_due LIMIT p_limit))
$$;

CREATE FUNCTION privacy_erase_begin(p_user uuid, OUT name text, OUT display_name text, OUT email text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  u app_user%ROWTYPE;
BEGIN
  SELECT * INTO STRICT u FROM app_user x WHERE x.id = p_user FOR UPDATE;
  IF EXISTS (SELECT FROM legal_hold h WHERE h.user_id = p_user AND h.released_at IS NULL) THEN
    RAISE EXCEPTION 'a legal hold keeps this person''s data' USING ERRCODE = 'PV001';
  END IF;
  IF EXISTS (SELECT FROM user_role r WHERE r.user_id = p_user AND r.role = 'administrator')
    AND NOT EXISTS (SELECT FROM user_role r JOIN app_user x ON x.id = r.user_id
      WHERE r.role = 'administrator' AND x.status = 'active' AND x.id <> p_user) THEN
    RAISE EXCEPTION 'nobody else is an administrator' USING ERRCODE = 'PV002';
  END IF;
  UPDATE app_user x SET status = 'disabled', disabled_at = clock_timestamp()
    WHERE x.id = p_user AND x.status = 'active';
  name := u.name;
  display_name := u.display_name;
  email := u.email;
END $$;
COMMENT ON FUNCTION privacy_erase_begin IS 'Locks a person out, or refuses: PV001 for a legal hold, PV002 for the last administrator.';

CREATE FUNCTION privacy_erase_chats(p_user uuid, p_limit integer) RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT privacy_delete_conversations(ARRAY(SELECT id FROM conversation WHERE owner_id = p_user LIMIT p_limit))
$$;

-- The columns of all tables that refer to a person; a table that comes later is among them by itself.
CREATE FUNCTION privacy_subject_columns() RETURNS TABLE (table_name text, column_name text, owned boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.conrelid::regclass::text, a.attname::text, c.confdeltype = 'c'
  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  WHERE c.contype = 'f' AND c.confrelid = 'app_user'::regclass AND cardinality(c.conkey) = 1
  UNION ALL SELECT 'app_user', 'id', false
  ORDER BY 1, 2
$$;
COMMENT ON FUNCTION privacy_subject_columns IS 'owned: rows that go with the person, which is what ON DELETE CASCADE says.';

CREATE FUNCTION privacy_erase_identity(p_user uuid, p_name text) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  c record;
  n bigint;
  counts jsonb := '{}';
BEGIN
  UPDATE app_user SET name = 'erased-' || id, display_name = 'erased', email = NULL, locale = 'en',
      status = 'erased', disabled_at = clock_timestamp(), revision = revision + 1
    WHERE id = p_user;
  FOR c IN SELECT * FROM privacy_subject_columns() s WHERE s.owned LOOP
    EXECUTE format('DELETE FROM %s WHERE %I = $1', c.table_name, c.column_name) USING p_user;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
      counts := counts || jsonb_build_object(c.table_name, n);
    END IF;
  END LOOP;
  DELETE FROM export_part p USING privacy_job j WHERE j.id = p.job_id AND j.subject_id = p_user;
  RETURN counts || jsonb_build_object('audit_personal', audit_forget(NULL, p_user, p_name));
END $$;

CREATE FUNCTION privacy_text_tables() RETURNS TABLE (table_name text, test text) LANGUAGE sql
STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.oid::regclass::text, string_agg(format('%I::text ~* $1', a.attname), ' OR ' ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type y ON y.oid = a.atttypid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
    AND NOT a.attisdropped AND c.relname NOT IN ('privacy_job', 'flyway_schema_history')
    AND (y.typcategory IN ('S', 'A') OR y.typname IN ('json', 'jsonb'))
  GROUP BY c.oid ORDER BY 1
$$;

CREATE FUNCTION privacy_residue(p_table text, p_terms text[]) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  pattern text;
  tested text;
  found bigint;
BEGIN
  SELECT string_agg(CASE WHEN x ~ '^[ -~]+$' THEN '(^|[^[:alnum:]])' || y || '($|[^[:alnum:]])' ELSE y END, '|')
    INTO pattern
    FROM unnest(p_terms) AS x, regexp_replace(x, '([^[:alnum:] ])', '\\\1', 'g') AS y;
  SELECT t.test INTO STRICT tested FROM privacy_text_tables() t WHERE t.table_name = p_table;
  EXECUTE format('SELECT count(*) FROM %s WHERE %s', p_table, tested) INTO found USING pattern;
  RETURN found;
END $$;
COMMENT ON FUNCTION privacy_residue IS 'In how many rows of a table one of the terms still stands; as a whole word where the term is plain ASCII.';

-- ───────────────────────────── functions: exporting ─────────────────────────────

CREATE FUNCTION privacy_subject_page(p_user uuid, p_table text, p_column text, p_offset bigint, p_limit integer)
RETURNS SETOF jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hidden text[];
BEGIN
  IF NOT EXISTS (SELECT FROM privacy_subject_columns() s WHERE s.table_name = p_table AND s.column_name = p_column) THEN
    RAISE EXCEPTION '%.% refers to no person', p_table, p_column USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- What is encrypted comes decrypted by another way, and a hash or a token is a secret of ours.
  SELECT array_agg(a.attname::text) INTO hidden FROM pg_attribute a
    WHERE a.attrelid = p_table::regclass AND a.attnum > 0
      AND (a.atttypid = 'bytea'::regtype OR a.attname ~ '(hash|secret|token_hash|wrapped)');
  RETURN QUERY EXECUTE format('SELECT to_jsonb(t) - $1 FROM %s t WHERE %I = $2 ORDER BY ctid OFFSET $3 LIMIT $4',
    p_table, p_column) USING coalesce(hidden, '{}'), p_user, p_offset, p_limit;
END $$;

CREATE FUNCTION privacy_audit_page(p_user uuid, p_after bigint, p_limit integer) RETURNS SETOF jsonb LANGUAGE sql
STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('id', r.id, 'at', r.at, 'actor_id', r.actor_id, 'action', r.action,
    'target_kind', r.target_kind, 'target_id', r.target_id, 'result', r.result, 'details', r.details)
    || coalesce((SELECT p.fields FROM audit_personal p WHERE p.record_id = r.id AND p.subject_id = p_user), '{}')
  FROM audit_record r
  WHERE r.id > p_after AND (r.actor_id = p_user OR (r.target_kind = 'user' AND r.target_id = p_user::text)
    OR EXISTS (SELECT FROM audit_personal p WHERE p.record_id = r.id AND p.subject_id = p_user))
  ORDER BY r.id LIMIT p_limit
$$;

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION privacy_delete_conversations, privacy_purge_due, privacy_erase_begin, privacy_erase_chats,
  privacy_subject_columns, privacy_erase_identity, privacy_text_tables, privacy_residue, privacy_subject_page,
  privacy_audit_page FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT SELECT, INSERT ON conversation_key TO hub_app;
    GRANT SELECT, INSERT, UPDATE ON conversation_key_wrap TO hub_app;
    GRANT DELETE ON user_data_key TO hub_app;
    GRANT SELECT ON legal_hold, retention_rule, retention_due, privacy_setting TO hub_app;
    GRANT SELECT, INSERT, UPDATE ON privacy_job, break_glass, notice TO hub_app;
    GRANT SELECT, INSERT, DELETE ON export_part TO hub_app;
    GRANT EXECUTE ON FUNCTION privacy_purge_due, privacy_erase_begin, privacy_erase_chats, privacy_subject_columns,
      privacy_erase_identity, privacy_text_tables, privacy_residue, privacy_subject_page, privacy_audit_page TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    -- The portal asks for jobs and sees how they go; what they bring is encrypted to whoever asked.
    GRANT SELECT, INSERT, UPDATE ON legal_hold, retention_rule TO portal_app;
    GRANT DELETE ON retention_rule TO portal_app;
    GRANT SELECT, UPDATE ON privacy_setting TO portal_app;
    GRANT SELECT ON retention_due, break_glass TO portal_app;
    GRANT SELECT (id, kind, subject_id, args, requested_at, status, step, done, total, error, result, finished_at),
      INSERT (kind, subject_id, args) ON privacy_job TO portal_app;
  END IF;
END $$;
