-- Atrium, first schema. PostgreSQL 18 or later (uuidv7).
--
-- Reading order: organisation and people; how they sign in; keys; chats; generations; models and
-- prices; money; audit; changes and commands; what is append-only; who may do what.
-- Money is integer micro-units of the organisation's one currency. Every time is timestamptz.
-- Bodies and titles are stored as ciphertext; their key_id has no foreign key on purpose: personal
-- keys are to move to a database of their own, so that erasing a person also holds for backups.

-- ───────────────────────────── organisation and people ─────────────────────────────

CREATE TABLE organisation (
  id          smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  install_id  uuid NOT NULL DEFAULT uuidv7(),
  name        text NOT NULL CHECK (name <> ''),
  currency    text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  time_zone   text NOT NULL DEFAULT 'UTC',
  created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE organisation IS 'One row: one organisation per installation.';

CREATE TABLE department (
  id          uuid PRIMARY KEY DEFAULT uuidv7(),
  parent_id   uuid REFERENCES department,
  name        text NOT NULL CHECK (name <> ''),
  created_at  timestamptz NOT NULL DEFAULT now(),
  closed_at   timestamptz,
  revision    integer NOT NULL DEFAULT 0,
  CHECK (parent_id <> id),
  UNIQUE NULLS NOT DISTINCT (parent_id, name)
);
CREATE UNIQUE INDEX department_root ON department ((parent_id IS NULL)) WHERE parent_id IS NULL;
COMMENT ON TABLE department IS 'A tree with one root. A cycle is refused by trigger.';

CREATE TABLE app_user (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  name          text NOT NULL CHECK (name ~ '^[^\s[:cntrl:]]{1,100}$'),
  display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  email         text,
  kind          text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
  department_id uuid NOT NULL REFERENCES department,
  locale        text NOT NULL DEFAULT 'en' CHECK (locale IN ('zh', 'en')),
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'erased')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  disabled_at   timestamptz,
  revision      integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX app_user_name ON app_user (lower(name));
CREATE INDEX app_user_department ON app_user (department_id);

CREATE TABLE user_role (
  user_id       uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  role          text NOT NULL CHECK (role IN ('administrator', 'department_administrator', 'auditor')),
  department_id uuid REFERENCES department,
  granted_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (user_id, role, department_id),
  CHECK ((role = 'department_administrator') = (department_id IS NOT NULL))
);
CREATE INDEX user_role_department ON user_role (department_id) WHERE department_id IS NOT NULL;
COMMENT ON COLUMN user_role.department_id IS 'Scope of a department administrator. Everybody is an employee; that takes no row.';

-- ───────────────────────────── signing in ─────────────────────────────

CREATE TABLE credential (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id       uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  kind          text NOT NULL CHECK (kind IN ('password', 'oidc', 'ldap')),
  provider      text,
  subject       text,
  password_hash text,
  must_change   boolean NOT NULL DEFAULT false,
  changed_at    timestamptz NOT NULL DEFAULT now(),
  last_used_at  timestamptz,
  CHECK ((kind = 'password') = (password_hash IS NOT NULL)),
  CHECK ((kind = 'password') = (subject IS NULL)),
  CHECK ((kind = 'password') = (provider IS NULL)),
  UNIQUE (provider, subject)
);
CREATE UNIQUE INDEX credential_password ON credential (user_id) WHERE kind = 'password';
CREATE INDEX credential_user ON credential (user_id);
COMMENT ON COLUMN credential.password_hash IS 'PHC string, Argon2id; the parameters are in it.';

CREATE TABLE user_session (
  id             uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id        uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  created_at     timestamptz NOT NULL DEFAULT now(),
  refreshed_at   timestamptz NOT NULL DEFAULT now(),
  expires_at     timestamptz NOT NULL,
  revoked_at     timestamptz,
  revoked_reason text CHECK (revoked_reason IN ('signed_out', 'password_changed', 'token_reused', 'administrator', 'user_disabled')),
  address        text,
  user_agent     text,
  CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
  CHECK (expires_at > created_at)
);
CREATE INDEX user_session_user ON user_session (user_id) WHERE revoked_at IS NULL;
CREATE INDEX user_session_expiry ON user_session (expires_at);

CREATE TABLE refresh_token (
  token_hash  bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id  uuid NOT NULL REFERENCES user_session ON DELETE CASCADE,
  issued_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  replaced_at timestamptz
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
COMMENT ON TABLE refresh_token IS 'SHA-256 of each token. One replaced over 30 s ago that comes back ends the session.';

-- ───────────────────────────── keys ─────────────────────────────

CREATE TABLE signing_key (
  kid           text PRIMARY KEY,
  purpose       text NOT NULL CHECK (purpose IN ('access_token', 'audit_checkpoint')),
  algorithm     text NOT NULL,
  public_key    bytea NOT NULL,
  wrapped_key   bytea NOT NULL,
  master_key_id text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  sign_until    timestamptz NOT NULL,
  verify_until  timestamptz NOT NULL,
  CHECK (verify_until >= sign_until)
);

CREATE TABLE user_data_key (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id       uuid NOT NULL,
  version       integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  wrapped_key   bytea,
  master_key_id text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  destroyed_at  timestamptz,
  UNIQUE (user_id, version),
  CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);

-- ───────────────────────────── chats ─────────────────────────────

CREATE TABLE conversation (
  id                 uuid PRIMARY KEY DEFAULT uuidv7(),
  owner_id           uuid NOT NULL REFERENCES app_user,
  title              bytea NOT NULL,
  title_key_id       uuid NOT NULL,
  last_node          text,
  assistant_revision uuid,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  deleted_at         timestamptz
);
CREATE INDEX conversation_owner ON conversation (owner_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversation_owner_all ON conversation (owner_id);
COMMENT ON COLUMN conversation.last_node IS 'The node that answered last: its cache may still hold the history.';

CREATE TABLE message (
  id                uuid PRIMARY KEY DEFAULT uuidv7(),
  conversation_id   uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
  parent_id         uuid,
  choice            integer NOT NULL DEFAULT 0 CHECK (choice >= 0),
  role              text NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
  author_id         uuid REFERENCES app_user,
  client_message_id uuid,
  status            text NOT NULL CHECK (status IN ('complete', 'pending', 'running', 'stopped', 'failed', 'interrupted')),
  model             text,
  error_code        text,
  error_args        jsonb,
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at       timestamptz,
  UNIQUE (conversation_id, id),
  FOREIGN KEY (conversation_id, parent_id) REFERENCES message (conversation_id, id) ON DELETE CASCADE,
  UNIQUE NULLS NOT DISTINCT (conversation_id, parent_id, choice),
  UNIQUE (author_id, client_message_id),
  CHECK (parent_id <> id),
  CHECK (client_message_id IS NULL OR author_id IS NOT NULL)
);
COMMENT ON TABLE message IS 'A tree: the choices of one parent are versions beside each other.';
COMMENT ON COLUMN message.client_message_id IS 'Made by the client, for a prompt or a retry; a repeat finds the row instead of making another.';

CREATE TABLE message_part (
  message_id  uuid NOT NULL REFERENCES message ON DELETE CASCADE,
  ordinal     integer NOT NULL CHECK (ordinal >= 0),
  kind        text NOT NULL CHECK (kind IN ('text', 'reasoning', 'tool_call', 'tool_result', 'file', 'citation')),
  ciphertext  bytea NOT NULL,
  token_ids   bytea,
  key_id      uuid NOT NULL,
  code_points integer CHECK (code_points >= 0),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (message_id, ordinal)
);
CREATE INDEX message_part_key ON message_part (key_id);
COMMENT ON COLUMN message_part.token_ids IS 'Encrypted; the next turn meets its own cache by these ids.';

-- ───────────────────────────── models and prices ─────────────────────────────

CREATE TABLE model (
  name           text PRIMARY KEY CHECK (name <> ''),
  kind           text NOT NULL CHECK (kind IN ('chat', 'embed', 'rerank')),
  title          text NOT NULL CHECK (title <> ''),
  description_en text NOT NULL DEFAULT '',
  description_zh text NOT NULL DEFAULT '',
  context_length integer CHECK (context_length > 0),
  is_default     boolean NOT NULL DEFAULT false,
  enabled        boolean NOT NULL DEFAULT true,
  created_at     timestamptz NOT NULL DEFAULT now(),
  revision       integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX model_default ON model (kind) WHERE is_default;

CREATE TABLE price (
  id                   uuid PRIMARY KEY DEFAULT uuidv7(),
  model                text NOT NULL REFERENCES model,
  input_per_million    bigint NOT NULL CHECK (input_per_million BETWEEN 0 AND 1000000000000),
  cached_per_million   bigint NOT NULL CHECK (cached_per_million BETWEEN 0 AND 1000000000000),
  output_per_million   bigint NOT NULL CHECK (output_per_million BETWEEN 0 AND 1000000000000),
  valid_from           timestamptz NOT NULL,
  valid_to             timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  UNIQUE (model, valid_from),
  CHECK (valid_to > valid_from)
);
COMMENT ON TABLE price IS 'Micro-units per million tokens. The latest valid_from that has begun is in force until its valid_to.';

-- ───────────────────────────── generations ─────────────────────────────

CREATE TABLE hub_lease (
  hub_id     text PRIMARY KEY,
  url        text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX hub_lease_expiry ON hub_lease (expires_at);

CREATE TABLE generation (
  id                       uuid PRIMARY KEY DEFAULT uuidv7(),
  conversation_id          uuid,
  message_id               uuid UNIQUE,
  user_id                  uuid NOT NULL REFERENCES app_user,
  department_id            uuid NOT NULL REFERENCES department,
  owner                    text,
  epoch                    integer NOT NULL DEFAULT 1 CHECK (epoch >= 1),
  attempt                  integer NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  status                   text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'done', 'stopped', 'failed', 'interrupted')),
  model                    text NOT NULL,
  model_revision           text,
  adapter                  text,
  assistant_revision       uuid,
  seed                     bigint NOT NULL,
  sampling                 jsonb NOT NULL DEFAULT '{}',
  max_new_tokens           integer CHECK (max_new_tokens > 0),
  input_snapshot           bytea,
  input_key_id             uuid,
  price_id                 uuid REFERENCES price,
  price_input_per_million  bigint,
  price_cached_per_million bigint,
  price_output_per_million bigint,
  position                 integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  prompt_tokens            integer CHECK (prompt_tokens >= 0),
  cached_tokens            integer CHECK (cached_tokens >= 0),
  completion_tokens        integer CHECK (completion_tokens >= 0),
  reason                   text,
  error_code               text,
  error_args               jsonb,
  stop_requested_at        timestamptz,
  created_at               timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at               timestamptz,
  finished_at              timestamptz,
  FOREIGN KEY (conversation_id, message_id) REFERENCES message (conversation_id, id),
  CHECK ((input_snapshot IS NULL) = (input_key_id IS NULL)),
  CHECK ((status IN ('pending', 'running')) = (finished_at IS NULL))
);
CREATE UNIQUE INDEX generation_one_at_a_time ON generation (conversation_id) WHERE status IN ('pending', 'running');
CREATE INDEX generation_message ON generation (conversation_id, message_id);
CREATE INDEX generation_owner ON generation (owner) WHERE status IN ('pending', 'running');
CREATE INDEX generation_user ON generation (user_id, created_at);
CREATE INDEX generation_department ON generation (department_id, created_at);
CREATE INDEX generation_price ON generation (price_id) WHERE price_id IS NOT NULL;
COMMENT ON TABLE generation IS 'A thing of its own: an API call has no conversation, and no socket owns it. Every write is guarded by status, owner and epoch.';
COMMENT ON COLUMN generation.position IS 'Code points made durable.';

CREATE TABLE attempt (
  generation_id     uuid NOT NULL REFERENCES generation ON DELETE CASCADE,
  number            integer NOT NULL CHECK (number >= 1),
  node_id           text NOT NULL,
  engine_id         text,
  model_revision    text,
  adapter           text,
  status            text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'stopped', 'failed', 'lost')),
  prompt_tokens     integer CHECK (prompt_tokens >= 0),
  cached_tokens     integer CHECK (cached_tokens >= 0),
  completion_tokens integer CHECK (completion_tokens >= 0),
  cost_micros       bigint CHECK (cost_micros >= 0),
  error_code        text,
  started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at       timestamptz,
  PRIMARY KEY (generation_id, number)
);

CREATE TABLE answer_chunk (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  generation_id uuid NOT NULL REFERENCES generation ON DELETE CASCADE,
  choice        integer NOT NULL DEFAULT 0 CHECK (choice >= 0),
  attempt       integer NOT NULL CHECK (attempt >= 1),
  from_position integer NOT NULL CHECK (from_position >= 0),
  code_points   integer NOT NULL CHECK (code_points >= 0),
  ciphertext    bytea NOT NULL,
  key_id        uuid NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX answer_chunk_position ON answer_chunk (generation_id, choice, from_position) WHERE code_points > 0;
CREATE INDEX answer_chunk_generation ON answer_chunk (generation_id, choice, from_position, id);
COMMENT ON TABLE answer_chunk IS 'What was flushed while an answer is written; becomes one message_part at its end.';

-- ───────────────────────────── money ─────────────────────────────

CREATE TABLE budget_account (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  kind          text NOT NULL CHECK (kind IN ('organisation', 'department', 'user', 'project')),
  department_id uuid REFERENCES department,
  user_id       uuid REFERENCES app_user,
  project       text,
  period        text NOT NULL DEFAULT 'none' CHECK (period IN ('none', 'day', 'week', 'month')),
  limit_micros  bigint CHECK (limit_micros >= 0),
  soft_micros   bigint CHECK (soft_micros >= 0),
  created_at    timestamptz NOT NULL DEFAULT now(),
  revision      integer NOT NULL DEFAULT 0,
  UNIQUE NULLS NOT DISTINCT (kind, department_id, user_id, project),
  CHECK ((kind = 'department') = (department_id IS NOT NULL)),
  CHECK ((kind = 'user') = (user_id IS NOT NULL)),
  CHECK ((kind = 'project') = (project IS NOT NULL))
);
CREATE INDEX budget_account_department ON budget_account (department_id) WHERE department_id IS NOT NULL;
CREATE INDEX budget_account_user ON budget_account (user_id) WHERE user_id IS NOT NULL;
COMMENT ON COLUMN budget_account.limit_micros IS 'NULL: no limit. 0: nothing may be spent.';

CREATE TABLE budget_balance (
  account_id      uuid NOT NULL REFERENCES budget_account,
  period_start    timestamptz NOT NULL,
  reserved_micros bigint NOT NULL DEFAULT 0 CHECK (reserved_micros >= 0),
  spent_micros    bigint NOT NULL DEFAULT 0 CHECK (spent_micros >= 0),
  PRIMARY KEY (account_id, period_start)
);
COMMENT ON TABLE budget_balance IS 'A running total of ledger_entry per account and period, kept in the same transaction; it can be rebuilt.';

CREATE TABLE reservation (
  generation_id      uuid NOT NULL,
  attempt            integer NOT NULL CHECK (attempt >= 1),
  user_id            uuid NOT NULL REFERENCES app_user,
  department_id      uuid NOT NULL REFERENCES department,
  model              text NOT NULL,
  price_id           uuid REFERENCES price,
  input_per_million  bigint NOT NULL,
  cached_per_million bigint NOT NULL,
  output_per_million bigint NOT NULL,
  prompt_tokens      integer NOT NULL CHECK (prompt_tokens >= 0),
  allowed_tokens     integer NOT NULL CHECK (allowed_tokens >= 0),
  reserved_micros    bigint NOT NULL CHECK (reserved_micros >= 0),
  bills_prompt       boolean NOT NULL,
  used_prompt        integer,
  used_cached        integer,
  used_completion    integer,
  settled_micros     bigint CHECK (settled_micros >= 0),
  settled_at         timestamptz,
  created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at         timestamptz NOT NULL,
  PRIMARY KEY (generation_id, attempt),
  CHECK ((settled_at IS NULL) = (settled_micros IS NULL))
);
CREATE INDEX reservation_open ON reservation (expires_at) WHERE settled_at IS NULL;
CREATE INDEX reservation_user ON reservation (user_id, created_at);
CREATE INDEX reservation_department ON reservation (department_id, created_at);
CREATE INDEX reservation_price ON reservation (price_id) WHERE price_id IS NOT NULL;
COMMENT ON TABLE reservation IS 'Usage and price snapshot of one attempt. No foreign key to generation: money outlives retention.';

CREATE TABLE ledger_entry (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id    uuid NOT NULL REFERENCES budget_account,
  period_start  timestamptz NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('reserve', 'top_up', 'release', 'spend', 'adjust')),
  generation_id uuid,
  attempt       integer,
  step          integer NOT NULL DEFAULT 0,
  reserved_micros bigint NOT NULL DEFAULT 0,
  spent_micros  bigint NOT NULL DEFAULT 0,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (account_id, generation_id, attempt, kind, step)
);
CREATE INDEX ledger_entry_generation ON ledger_entry (generation_id, attempt);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, period_start);
COMMENT ON TABLE ledger_entry IS 'Append-only. Signed changes of what is reserved and what is spent; their sums are the balance.';

-- ───────────────────────────── audit ─────────────────────────────

CREATE TABLE audit_record (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_id       uuid,
  actor_name     text,
  action         text NOT NULL CHECK (action ~ '^[a-z][a-z0-9_.]{1,80}$'),
  target_kind    text,
  target_id      text,
  result         text NOT NULL CHECK (result IN ('ok', 'refused', 'failed')),
  address        text,
  correlation_id text,
  details        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
  salt           bytea CHECK (length(salt) = 32),
  format         smallint NOT NULL DEFAULT 1
);
CREATE INDEX audit_record_at ON audit_record (at);
CREATE INDEX audit_record_actor ON audit_record (actor_id, at);
CREATE INDEX audit_record_target ON audit_record (target_kind, target_id, at);
COMMENT ON TABLE audit_record IS 'Append-only, and only through audit_append(). No foreign keys: a record outlives what it speaks of.';
COMMENT ON COLUMN audit_record.salt IS 'Room for salted commitments of personal data in the leaf.';

CREATE TABLE audit_leaf (
  leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
  record_id  bigint NOT NULL UNIQUE REFERENCES audit_record,
  leaf_hash  bytea NOT NULL CHECK (length(leaf_hash) = 32),
  sealed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit_leaf IS 'Insert-only. Two sealers collide harmlessly on the primary key; a late commit gets a later leaf.';

CREATE TABLE audit_checkpoint (
  tree_size bigint PRIMARY KEY CHECK (tree_size > 0),
  root_hash bytea NOT NULL CHECK (length(root_hash) = 32),
  kid       text NOT NULL REFERENCES signing_key,
  signature bytea NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_checkpoint_kid ON audit_checkpoint (kid);

-- ───────────────────────────── changes and commands ─────────────────────────────

CREATE TABLE change_counter (
  id      smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  version bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE change_counter IS 'Rises with every change that hubs must hear of, in that change''s own transaction. Hubs poll it; NOTIFY is a hint.';

CREATE TABLE command (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  kind         text NOT NULL CHECK (kind <> ''),
  args         jsonb NOT NULL DEFAULT '{}',
  requested_by uuid REFERENCES app_user,
  requested_at timestamptz NOT NULL DEFAULT now(),
  status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  claimed_by   text,
  started_at   timestamptz,
  finished_at  timestamptz,
  result       jsonb
);
CREATE INDEX command_open ON command (requested_at) WHERE status IN ('queued', 'running');
CREATE INDEX command_requested_by ON command (requested_by);

-- ───────────────────────────── functions: tree, changes ─────────────────────────────

CREATE FUNCTION department_no_cycle() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  -- One at a time, or two moves could close a cycle between them.
  PERFORM pg_advisory_xact_lock(4702111234474983746);
  IF EXISTS (
    WITH RECURSIVE above (id, parent_id) AS (
      SELECT d.id, d.parent_id FROM department d WHERE d.id = NEW.parent_id
      UNION
      SELECT d.id, d.parent_id FROM department d JOIN above a ON d.id = a.parent_id
    )
    SELECT FROM above WHERE id = NEW.id
  ) THEN
    RAISE EXCEPTION 'department % would be above itself', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER department_no_cycle BEFORE UPDATE OF parent_id ON department
  FOR EACH ROW EXECUTE FUNCTION department_no_cycle();

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  v bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- a statement trigger also fires for no rows, as by ON CONFLICT DO NOTHING
  END IF;
  UPDATE change_counter SET version = version + 1 RETURNING version INTO v;
  PERFORM pg_notify('atrium_changes', v::text);
  RETURN NULL;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['app_user', 'user_role', 'department', 'model', 'price', 'budget_account', 'command'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_added', t);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_changed', t);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_removed', t);
  END LOOP;
END $$;

-- ───────────────────────────── functions: append-only ─────────────────────────────

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_record', 'audit_leaf', 'audit_checkpoint', 'ledger_entry'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

CREATE FUNCTION audit_append(
  p_actor_id uuid, p_actor_name text, p_action text, p_target_kind text, p_target_id text,
  p_result text, p_address text, p_correlation_id text, p_details jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_record (actor_id, actor_name, action, target_kind, target_id, result, address, correlation_id, details)
  VALUES (p_actor_id, p_actor_name, p_action, p_target_kind, p_target_id, p_result, p_address, p_correlation_id, coalesce(p_details, '{}'))
  RETURNING id
$$;
COMMENT ON FUNCTION audit_append IS 'The only way into the audit, in the caller''s own transaction. The time is the server''s.';

-- ───────────────────────────── functions: money ─────────────────────────────

CREATE FUNCTION token_cost(
  p_prompt bigint, p_cached bigint, p_completion bigint,
  p_input_rate bigint, p_cached_rate bigint, p_output_rate bigint
) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  -- numeric inside: tokens times a rate may pass 2^63; one rounding, upwards, for the whole
  SELECT ceil(((p_prompt - p_cached)::numeric * p_input_rate + p_cached::numeric * p_cached_rate
               + p_completion::numeric * p_output_rate) / 1000000)::bigint
$$;

CREATE FUNCTION budget_period_start(p_period text) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT CASE p_period
    WHEN 'none' THEN '-infinity'::timestamptz
    ELSE date_trunc(p_period, now(), (SELECT time_zone FROM organisation))
  END
$$;

CREATE FUNCTION budget_accounts_of(p_user uuid, p_department uuid) RETURNS TABLE (account_id uuid, period_start timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE chain (id, parent_id) AS (
    SELECT d.id, d.parent_id FROM department d WHERE d.id = p_department
    UNION
    SELECT d.id, d.parent_id FROM department d JOIN chain c ON d.id = c.parent_id
  )
  SELECT a.id, budget_period_start(a.period)
  FROM budget_account a
  WHERE a.kind = 'organisation' OR a.user_id = p_user OR a.department_id IN (SELECT id FROM chain)
$$;
COMMENT ON FUNCTION budget_accounts_of IS 'Who pays: the user, the department and all above it, the organisation; as far as they have an account.';

-- Moves p_micros into the reserved column of every account, or of none. Returns the account that
-- refuses, or NULL. The balances are locked in the order of their ids, so that two callers can't deadlock.
CREATE FUNCTION budget_hold(
  p_generation uuid, p_attempt integer, p_kind text, p_step integer, p_micros bigint,
  p_accounts uuid[], p_periods timestamptz[]
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  refusing uuid;
BEGIN
  INSERT INTO budget_balance (account_id, period_start)
    SELECT * FROM unnest(p_accounts, p_periods) AS n (a, p) ORDER BY a
    ON CONFLICT DO NOTHING;
  PERFORM FROM budget_balance b JOIN unnest(p_accounts, p_periods) AS n (a, p)
    ON b.account_id = n.a AND b.period_start = n.p ORDER BY b.account_id FOR UPDATE OF b;
  SELECT a.id INTO refusing
    FROM unnest(p_accounts, p_periods) AS n (acc, p)
    JOIN budget_account a ON a.id = n.acc
    JOIN budget_balance b ON b.account_id = n.acc AND b.period_start = n.p
    WHERE b.reserved_micros + b.spent_micros + p_micros > a.limit_micros
       OR (a.limit_micros = 0)
    ORDER BY a.limit_micros - b.reserved_micros - b.spent_micros, a.id LIMIT 1;
  IF refusing IS NOT NULL THEN
    RETURN refusing;
  END IF;
  INSERT INTO ledger_entry (account_id, period_start, kind, generation_id, attempt, step, reserved_micros)
    SELECT n.a, n.p, p_kind, p_generation, p_attempt, p_step, p_micros FROM unnest(p_accounts, p_periods) AS n (a, p);
  UPDATE budget_balance b SET reserved_micros = b.reserved_micros + p_micros
    FROM unnest(p_accounts, p_periods) AS n (a, p) WHERE b.account_id = n.a AND b.period_start = n.p;
  RETURN NULL;
END $$;

CREATE FUNCTION budget_reserve(
  p_generation uuid, p_attempt integer, p_user uuid, p_department uuid, p_model text,
  p_prompt integer, p_slice integer, p_life interval,
  OUT allowed integer, OUT reserved bigint, OUT refused_by uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  rate price%ROWTYPE;
  pays_prompt boolean;
  accounts uuid[];
  periods timestamptz[];
BEGIN
  SELECT r.allowed_tokens, r.reserved_micros INTO allowed, reserved
    FROM reservation r WHERE r.generation_id = p_generation AND r.attempt = p_attempt;
  IF FOUND THEN
    RETURN; -- a repeat
  END IF;
  SELECT * INTO rate FROM price p
    WHERE p.model = p_model AND p.valid_from <= now() ORDER BY p.valid_from DESC LIMIT 1;
  IF rate.valid_to <= now() THEN
    rate := NULL;
  END IF;
  -- The prompt is billed once: a later attempt's prefill is our own cost.
  pays_prompt := NOT EXISTS (
    SELECT FROM reservation r WHERE r.generation_id = p_generation AND r.bills_prompt
      AND (r.settled_at IS NULL OR r.used_prompt > 0));
  reserved := token_cost(CASE WHEN pays_prompt THEN p_prompt ELSE 0 END, 0, p_slice,
    greatest(coalesce(rate.input_per_million, 0), coalesce(rate.cached_per_million, 0)), 0,
    coalesce(rate.output_per_million, 0));
  INSERT INTO budget_account (kind) VALUES ('organisation') ON CONFLICT DO NOTHING;
  SELECT array_agg(a.account_id ORDER BY a.account_id), array_agg(a.period_start ORDER BY a.account_id)
    INTO accounts, periods FROM budget_accounts_of(p_user, p_department) a;
  refused_by := budget_hold(p_generation, p_attempt, 'reserve', 0, reserved, accounts, periods);
  IF refused_by IS NOT NULL THEN
    allowed := 0;
    reserved := 0;
    RETURN;
  END IF;
  INSERT INTO reservation (generation_id, attempt, user_id, department_id, model, price_id,
      input_per_million, cached_per_million, output_per_million,
      prompt_tokens, allowed_tokens, reserved_micros, bills_prompt, expires_at)
    VALUES (p_generation, p_attempt, p_user, p_department, p_model, rate.id,
      coalesce(rate.input_per_million, 0), coalesce(rate.cached_per_million, 0), coalesce(rate.output_per_million, 0),
      p_prompt, p_slice, reserved, pays_prompt, clock_timestamp() + p_life);
  allowed := p_slice;
END $$;

-- Raises what may be decoded to p_through tokens in all. Repeatable: at or below what is allowed it does nothing.
CREATE FUNCTION budget_top_up(
  p_generation uuid, p_attempt integer, p_through integer, p_life interval,
  OUT allowed integer, OUT reserved bigint, OUT refused_by uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r reservation%ROWTYPE;
  more bigint;
  accounts uuid[];
  periods timestamptz[];
BEGIN
  SELECT * INTO r FROM reservation x WHERE x.generation_id = p_generation AND x.attempt = p_attempt FOR UPDATE;
  IF NOT FOUND OR r.settled_at IS NOT NULL THEN
    RAISE EXCEPTION 'no open reservation for generation % attempt %', p_generation, p_attempt USING ERRCODE = 'no_data_found';
  END IF;
  allowed := r.allowed_tokens;
  reserved := r.reserved_micros;
  IF p_through <= r.allowed_tokens THEN
    RETURN;
  END IF;
  more := token_cost(0, 0, p_through - r.allowed_tokens, 0, 0, r.output_per_million);
  SELECT array_agg(e.account_id ORDER BY e.account_id), array_agg(e.period_start ORDER BY e.account_id)
    INTO accounts, periods FROM ledger_entry e
    WHERE e.generation_id = p_generation AND e.attempt = p_attempt AND e.kind = 'reserve';
  refused_by := budget_hold(p_generation, p_attempt, 'top_up', p_through, more, accounts, periods);
  IF refused_by IS NOT NULL THEN
    RETURN;
  END IF;
  UPDATE reservation x SET allowed_tokens = p_through, reserved_micros = x.reserved_micros + more,
      expires_at = clock_timestamp() + p_life
    WHERE x.generation_id = p_generation AND x.attempt = p_attempt
    RETURNING x.allowed_tokens, x.reserved_micros INTO allowed, reserved;
END $$;

-- Releases what was reserved and spends what was used. Repeatable: the first call decides.
CREATE FUNCTION budget_settle(
  p_generation uuid, p_attempt integer, p_prompt integer, p_cached integer, p_completion integer
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r reservation%ROWTYPE;
  cost bigint;
  held CONSTANT text[] := ARRAY['reserve', 'top_up'];
BEGIN
  SELECT * INTO r FROM reservation x WHERE x.generation_id = p_generation AND x.attempt = p_attempt FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no reservation for generation % attempt %', p_generation, p_attempt USING ERRCODE = 'no_data_found';
  END IF;
  IF r.settled_at IS NOT NULL THEN
    RETURN r.settled_micros;
  END IF;
  -- What was not reserved is not spent: a node that decodes past its allowance works for nothing.
  cost := least(r.reserved_micros, token_cost(
    CASE WHEN r.bills_prompt THEN p_prompt ELSE 0 END, CASE WHEN r.bills_prompt THEN least(p_cached, p_prompt) ELSE 0 END,
    p_completion, r.input_per_million, r.cached_per_million, r.output_per_million));
  PERFORM FROM budget_balance b
    WHERE (b.account_id, b.period_start) IN (SELECT e.account_id, e.period_start FROM ledger_entry e
      WHERE e.generation_id = p_generation AND e.attempt = p_attempt AND e.kind = ANY (held))
    ORDER BY b.account_id FOR UPDATE;
  INSERT INTO ledger_entry (account_id, period_start, kind, generation_id, attempt, reserved_micros, spent_micros)
    SELECT e.account_id, e.period_start, 'spend', p_generation, p_attempt, -r.reserved_micros, cost
    FROM ledger_entry e WHERE e.generation_id = p_generation AND e.attempt = p_attempt AND e.kind = 'reserve';
  UPDATE budget_balance b SET reserved_micros = b.reserved_micros - r.reserved_micros, spent_micros = b.spent_micros + cost
    FROM ledger_entry e
    WHERE e.generation_id = p_generation AND e.attempt = p_attempt AND e.kind = 'reserve'
      AND b.account_id = e.account_id AND b.period_start = e.period_start;
  UPDATE reservation x SET used_prompt = p_prompt, used_cached = p_cached, used_completion = p_completion,
      settled_micros = cost, settled_at = clock_timestamp()
    WHERE x.generation_id = p_generation AND x.attempt = p_attempt;
  RETURN cost;
END $$;

CREATE FUNCTION budget_rebuilt(p_account uuid, p_period_start timestamptz, OUT reserved_micros bigint, OUT spent_micros bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(sum(e.reserved_micros), 0)::bigint, coalesce(sum(e.spent_micros), 0)::bigint
  FROM ledger_entry e WHERE e.account_id = p_account AND e.period_start = p_period_start
$$;
COMMENT ON FUNCTION budget_rebuilt IS 'The balance by the ledger alone; equals budget_balance, or something is wrong.';

-- ───────────────────────────── what is there from the start ─────────────────────────────

INSERT INTO change_counter DEFAULT VALUES;
INSERT INTO organisation (name) VALUES ('Atrium');
INSERT INTO department (name) VALUES ('Organisation');
INSERT INTO budget_account (kind) VALUES ('organisation');

-- ───────────────────────────── who may do what ─────────────────────────────

-- Functions are open to PUBLIC by default; these are not.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

DO $$
DECLARE
  everyday CONSTANT text := 'organisation, department, app_user, user_role, credential, user_session, conversation, message, model, price, generation, attempt, budget_account, command';
  money CONSTANT text := 'budget_balance, reservation, ledger_entry';
  audit CONSTANT text := 'audit_record, audit_leaf, audit_checkpoint';
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    EXECUTE 'GRANT SELECT, INSERT, UPDATE ON ' || everyday || ', refresh_token, signing_key, user_data_key, message_part, answer_chunk, hub_lease TO hub_app';
    GRANT DELETE ON refresh_token, user_session, answer_chunk, hub_lease, message_part, user_role TO hub_app;
    EXECUTE 'GRANT SELECT ON ' || money || ', ' || audit || ', change_counter TO hub_app';
    GRANT INSERT ON audit_leaf, audit_checkpoint TO hub_app;
    GRANT EXECUTE ON FUNCTION audit_append, budget_reserve, budget_top_up, budget_settle, budget_rebuilt, budget_accounts_of, budget_period_start, token_cost TO hub_app;
  ELSE
    RAISE NOTICE 'atrium: no role hub_app, the hub will run as the owner of the tables';
  END IF;

  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT, INSERT, UPDATE ON department, app_user, user_role, credential, model, price, budget_account, command TO portal_app;
    GRANT DELETE ON user_role TO portal_app;
    GRANT SELECT, UPDATE ON organisation TO portal_app;
    EXECUTE 'GRANT SELECT ON user_session, attempt, hub_lease, change_counter, ' || money || ', ' || audit || ' TO portal_app';
    -- Never a body, a title or a snapshot: only what is about them.
    GRANT SELECT (id, owner_id, created_at, updated_at, deleted_at) ON conversation TO portal_app;
    GRANT SELECT (id, conversation_id, role, status, model, error_code, created_at, finished_at) ON message TO portal_app;
    GRANT SELECT (id, conversation_id, user_id, department_id, owner, epoch, attempt, status, model, model_revision,
        price_id, price_input_per_million, price_cached_per_million, price_output_per_million,
        prompt_tokens, cached_tokens, completion_tokens, reason, error_code, created_at, started_at, finished_at)
      ON generation TO portal_app;
    GRANT EXECUTE ON FUNCTION audit_append, budget_rebuilt, budget_accounts_of, budget_period_start, token_cost TO portal_app;
  ELSE
    RAISE NOTICE 'atrium: no role portal_app, the portal can''t be given its narrower rights';
  END IF;
END $$;
