-- Who may use what, and how fast: groups, rules, rate limits. And what follows from disabling a user.

-- ───────────────────────────── groups ─────────────────────────────

CREATE TABLE user_group (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  name       text NOT NULL CHECK (name ~ '^[^[:cntrl:]]{1,100}$' AND name = btrim(name)),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX user_group_name ON user_group (lower(name));

CREATE TABLE group_member (
  group_id uuid NOT NULL REFERENCES user_group ON DELETE CASCADE,
  user_id  uuid NOT NULL REFERENCES app_user ON DELETE CASCADE,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_member_user ON group_member (user_id);

-- ───────────────────────────── rules ─────────────────────────────

CREATE TABLE permission_rule (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  effect        text NOT NULL CHECK (effect IN ('allow', 'deny')),
  subject_kind  text NOT NULL CHECK (subject_kind IN ('user', 'group', 'department', 'role', 'everybody')),
  user_id       uuid REFERENCES app_user ON DELETE CASCADE,
  group_id      uuid REFERENCES user_group,
  department_id uuid REFERENCES department,
  role          text CHECK (role IN ('employee', 'auditor', 'department_administrator', 'administrator')),
  action        text NOT NULL CHECK (action IN ('use', 'edit')),
  resource_kind text NOT NULL CHECK (resource_kind IN ('model', 'assistant', 'knowledge_base', 'feature')),
  model         text REFERENCES model,
  resource_id   text CHECK (resource_id ~ '^[^[:cntrl:]]{1,200}$'),
  created_at    timestamptz NOT NULL DEFAULT now(),
  created_by    uuid REFERENCES app_user ON DELETE SET NULL,
  CHECK ((subject_kind = 'user') = (user_id IS NOT NULL)),
  CHECK ((subject_kind = 'group') = (group_id IS NOT NULL)),
  CHECK ((subject_kind = 'department') = (department_id IS NOT NULL)),
  CHECK ((subject_kind = 'role') = (role IS NOT NULL)),
  CHECK (resource_kind = 'model' OR model IS NULL),
  CHECK (resource_kind <> 'model' OR resource_id IS NULL),
  CHECK (action = 'use' OR resource_kind IN ('assistant', 'knowledge_base')),
  -- Not the effect: of a grant and a denial for the very same thing, only the denial would count.
  CONSTRAINT permission_rule_once UNIQUE NULLS NOT DISTINCT
    (subject_kind, user_id, group_id, department_id, role, action, resource_kind, model, resource_id)
);
CREATE INDEX permission_rule_user ON permission_rule (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX permission_rule_group ON permission_rule (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX permission_rule_department ON permission_rule (department_id) WHERE department_id IS NOT NULL;
CREATE INDEX permission_rule_model ON permission_rule (model) WHERE model IS NOT NULL;
CREATE INDEX permission_rule_created_by ON permission_rule (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE permission_rule IS 'Added and removed, never changed: a number in an audit record always means the same rule. How rules are weighed: hub-policy.';
COMMENT ON COLUMN permission_rule.model IS 'NULL, like resource_id: all of the kind, also those that come later.';

-- ───────────────────────────── rates ─────────────────────────────

CREATE TABLE rate_limit (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  applies_to          text NOT NULL CHECK (applies_to IN ('each_user', 'user', 'department')),
  user_id             uuid REFERENCES app_user ON DELETE CASCADE,
  department_id       uuid REFERENCES department,
  requests_per_minute integer CHECK (requests_per_minute > 0),
  -- Less would not carry a short prompt and the first slice of its answer.
  tokens_per_minute   integer CHECK (tokens_per_minute >= 1000),
  created_at          timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (applies_to, user_id, department_id),
  CHECK ((applies_to = 'user') = (user_id IS NOT NULL)),
  CHECK ((applies_to = 'department') = (department_id IS NOT NULL))
);
CREATE INDEX rate_limit_user ON rate_limit (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX rate_limit_department ON rate_limit (department_id) WHERE department_id IS NOT NULL;
COMMENT ON TABLE rate_limit IS 'each_user: for every user by himself, unless the user has a row. department: shared by all in it and below. NULL: no limit.';

-- What was taken in the last 13 slots of 5 s. Unlogged: after a crash of the server everybody begins
-- anew, and no commit waits for the disk. Rows of users and departments that are gone do no harm.
CREATE UNLOGGED TABLE rate_window (
  subject_id uuid NOT NULL,
  unit       text NOT NULL CHECK (unit IN ('requests', 'tokens')),
  slot       bigint NOT NULL,
  counts     bigint[] NOT NULL CHECK (cardinality(counts) = 13),
  PRIMARY KEY (subject_id, unit)
) WITH (fillfactor = 50);
COMMENT ON COLUMN rate_window.slot IS 'Of the last of counts; slots are numbered from 1970.';

CREATE FUNCTION rate_moved(p_counts bigint[], p_slot bigint, p_to bigint) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
  SELECT p_counts[least(p_to - p_slot, 13) + 1 : 13] || array_fill(0::bigint, ARRAY[least(p_to - p_slot, 13)::integer])
$$;

CREATE FUNCTION rate_limits_of(p_user uuid, p_department uuid, p_unit text)
RETURNS TABLE (subject_id uuid, limit_id bigint, per_minute bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE chain (id, parent_id) AS (
    SELECT d.id, d.parent_id FROM department d WHERE d.id = p_department
    UNION
    SELECT d.id, d.parent_id FROM department d JOIN chain c ON d.id = c.parent_id
  ), limits AS (
    (SELECT p_user AS subject_id, l.* FROM rate_limit l
      WHERE l.applies_to = 'each_user' OR l.user_id = p_user
      ORDER BY l.applies_to = 'user' DESC LIMIT 1)
    UNION ALL
    SELECT l.department_id, l.* FROM rate_limit l JOIN chain c ON l.department_id = c.id
  )
  SELECT n.subject_id, n.id, CASE p_unit WHEN 'requests' THEN n.requests_per_minute ELSE n.tokens_per_minute END::bigint
  FROM limits n
  WHERE CASE p_unit WHEN 'requests' THEN n.requests_per_minute ELSE n.tokens_per_minute END IS NOT NULL
$$;

-- Takes p_amount from every limit of the user and the departments above, or from none. In any 60 s no
-- more than the limit is given out: 60 s touch at most 13 slots, and those 13 are what is counted.
CREATE FUNCTION rate_take(
  p_user uuid, p_department uuid, p_unit text, p_amount bigint,
  OUT wait_seconds integer, OUT refused_by bigint, OUT per_minute bigint, OUT taken_slot bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  l record;
  w rate_window%ROWTYPE;
  room bigint;
  freed bigint;
  wait integer;
  at double precision;
  subjects uuid[] := '{}';
BEGIN
  wait_seconds := 0;
  -- Locked in the order of their ids, so that two callers can't deadlock.
  FOR l IN SELECT * FROM rate_limits_of(p_user, p_department, p_unit) x ORDER BY x.subject_id LOOP
    INSERT INTO rate_window (subject_id, unit, slot, counts)
      VALUES (l.subject_id, p_unit, 0, array_fill(0::bigint, ARRAY[13])) ON CONFLICT DO NOTHING;
    SELECT * INTO w FROM rate_window x WHERE x.subject_id = l.subject_id AND x.unit = p_unit FOR UPDATE;
    subjects := subjects || l.subject_id;
    IF p_amount > l.per_minute THEN
      wait_seconds := NULL; -- never
      refused_by := l.limit_id;
      per_minute := l.per_minute;
      RETURN;
    END IF;
    at := extract(epoch FROM clock_timestamp());
    w.counts := rate_moved(w.counts, w.slot, greatest(w.slot, floor(at / 5)::bigint));
    w.slot := greatest(w.slot, floor(at / 5)::bigint);
    room := l.per_minute - (SELECT sum(c) FROM unnest(w.counts) AS c);
    IF room < p_amount THEN
      freed := 0;
      FOR k IN 1 .. 13 LOOP
        freed := freed + w.counts[k];
        IF room + freed >= p_amount THEN
          wait := greatest(1, ceil((w.slot + k) * 5 - at)::integer);
          IF wait > wait_seconds THEN
            wait_seconds := wait;
            refused_by := l.limit_id;
            per_minute := l.per_minute;
          END IF;
          EXIT;
        END IF;
      END LOOP;
    END IF;
  END LOOP;
  IF wait_seconds > 0 OR subjects = '{}' THEN
    RETURN;
  END IF;
  taken_slot := floor(extract(epoch FROM clock_timestamp()) / 5)::bigint;
  UPDATE rate_window x
    SET counts = (rate_moved(x.counts, x.slot, greatest(x.slot, taken_slot)))[1:12]
          || (rate_moved(x.counts, x.slot, greatest(x.slot, taken_slot)))[13] + p_amount,
        slot = greatest(x.slot, taken_slot)
    WHERE x.subject_id = ANY (subjects) AND x.unit = p_unit;
END $$;
COMMENT ON FUNCTION rate_take IS 'wait_seconds 0: taken. NULL: more than the limit at once. Otherwise nothing was taken, and after so long it may be.';

-- Gives back what was taken in a slot and not used; too late, it does nothing.
CREATE FUNCTION rate_give_back(p_user uuid, p_department uuid, p_unit text, p_amount bigint, p_slot bigint)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH mine AS (
    SELECT x.subject_id FROM rate_window x
    WHERE x.unit = p_unit AND x.slot - p_slot BETWEEN 0 AND 12
      AND x.subject_id IN (SELECT l.subject_id FROM rate_limits_of(p_user, p_department, p_unit) l)
    ORDER BY x.subject_id FOR UPDATE
  )
  UPDATE rate_window x
    SET counts[13 - (x.slot - p_slot)] = greatest(0, x.counts[13 - (x.slot - p_slot)] - p_amount)
    FROM mine WHERE x.subject_id = mine.subject_id AND x.unit = p_unit AND x.slot - p_slot BETWEEN 0 AND 12
$$;

-- ───────────────────────────── disabling a user ─────────────────────────────

CREATE FUNCTION end_sessions_of_disabled() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = 'user_disabled'
    WHERE user_id = NEW.id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
-- Whoever disables a user, by whatever program: the sessions end with it.
CREATE TRIGGER end_sessions_of_disabled AFTER UPDATE OF status ON app_user
  FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status <> 'active')
  EXECUTE FUNCTION end_sessions_of_disabled();

-- ───────────────────────────── changes that hubs must hear of ─────────────────────────────

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['user_group', 'group_member', 'permission_rule', 'rate_limit'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_added', t);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_changed', t);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_removed', t);
  END LOOP;
END $$;

-- ───────────────────────────── what is there from the start ─────────────────────────────

-- Nothing is allowed without a rule; an installation begins open, by rules that can be seen and removed.
INSERT INTO permission_rule (effect, subject_kind, action, resource_kind)
  VALUES ('allow', 'everybody', 'use', 'model'), ('allow', 'everybody', 'use', 'feature');
-- Far more than a person types; a program that runs wild is stopped.
INSERT INTO rate_limit (applies_to, requests_per_minute) VALUES ('each_user', 120);

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION rate_moved, rate_limits_of, rate_take, rate_give_back, end_sessions_of_disabled FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    -- A hub obeys rules and never makes them.
    GRANT SELECT ON user_group, group_member, permission_rule, rate_limit TO hub_app;
    GRANT EXECUTE ON FUNCTION rate_take, rate_give_back TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT, INSERT, DELETE ON user_group, group_member, permission_rule, rate_limit TO portal_app;
    GRANT UPDATE (name) ON user_group TO portal_app;
    GRANT UPDATE (requests_per_minute, tokens_per_minute) ON rate_limit TO portal_app;
  END IF;
END $$;
