-- Money: one function that takes a whole batch, caps inside a pool, increases that end, alerts, and the
-- sweeper. Prices are needed from now on.

-- ───────────────────────────── accounts ─────────────────────────────

ALTER TABLE budget_account
  ADD COLUMN pool_id uuid REFERENCES budget_account,
  ADD COLUMN member_cap_micros bigint CHECK (member_cap_micros >= 0),
  ADD COLUMN alert_percents smallint[] NOT NULL DEFAULT '{80,95}'
    CHECK (cardinality(alert_percents) <= 10 AND 0 < ALL (alert_percents) AND 100 >= ALL (alert_percents)),
  ADD CONSTRAINT budget_account_project_name CHECK (project ~ '^[^[:cntrl:]]{1,100}$' AND project = btrim(project)),
  DROP CONSTRAINT budget_account_kind_check,
  DROP CONSTRAINT budget_account_check1,
  DROP CONSTRAINT budget_account_kind_department_id_user_id_project_key,
  ADD CONSTRAINT budget_account_kind_check
    CHECK (kind IN ('organisation', 'department', 'user', 'project', 'member')),
  ADD CONSTRAINT budget_account_of_a_user CHECK ((kind IN ('user', 'member')) = (user_id IS NOT NULL)),
  ADD CONSTRAINT budget_account_in_a_pool CHECK ((kind = 'member') = (pool_id IS NOT NULL)),
  ADD CONSTRAINT budget_account_cap_of_a_pool CHECK (kind = 'department' OR member_cap_micros IS NULL),
  ADD CONSTRAINT budget_account_once UNIQUE NULLS NOT DISTINCT (kind, department_id, user_id, project, pool_id);
CREATE INDEX budget_account_pool ON budget_account (pool_id, user_id) WHERE pool_id IS NOT NULL;
CREATE INDEX budget_account_project ON budget_account (project) WHERE project IS NOT NULL;
CREATE INDEX budget_account_capped ON budget_account (id) WHERE member_cap_micros IS NOT NULL;
CREATE INDEX budget_account_organisation ON budget_account (kind) WHERE kind = 'organisation';
COMMENT ON COLUMN budget_account.member_cap_micros IS 'The most that one member may spend of this pool in a period; each has an account of the kind member for it, made by itself.';
COMMENT ON COLUMN budget_account.alert_percents IS 'Of the limit; each that what is spent reaches raises an alert, once a period.';
COMMENT ON COLUMN budget_account.soft_micros IS 'Raises an alert and refuses nothing.';

-- Accounts are read at each reservation, so no hub has to hear of them; those of members are made in the
-- middle of one, which must not wake everybody.
DROP TRIGGER budget_account_added ON budget_account;
DROP TRIGGER budget_account_changed ON budget_account;
DROP TRIGGER budget_account_removed ON budget_account;

CREATE TABLE project_member (
  user_id  uuid PRIMARY KEY REFERENCES app_user ON DELETE CASCADE,
  project  text NOT NULL CHECK (project ~ '^[^[:cntrl:]]{1,100}$' AND project = btrim(project)),
  added_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE project_member IS 'The project that pays along for what a user, or a service account, asks.';

CREATE TABLE budget_increase (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES budget_account,
  micros     bigint NOT NULL CHECK (micros > 0),
  starts_at  timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (expires_at >= starts_at)
);
CREATE INDEX budget_increase_account ON budget_increase (account_id, expires_at);
COMMENT ON TABLE budget_increase IS 'Added to the limit while it lasts.';

CREATE TABLE budget_alert (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES budget_account,
  period_start timestamptz NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('threshold', 'soft', 'exhausted')),
  percent      smallint NOT NULL DEFAULT 0,
  spent_micros bigint NOT NULL,
  limit_micros bigint,
  at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (account_id, period_start, kind, percent)
);
CREATE INDEX budget_alert_at ON budget_alert (at);
COMMENT ON TABLE budget_alert IS 'Raised once a period each. exhausted: something was refused for the first time.';

-- ───────────────────────────── reservations and ledger ─────────────────────────────

-- Who pays is written down with the reservation, so that raising and ending it looks nothing up.
ALTER TABLE reservation
  ADD COLUMN account_ids uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN period_starts timestamptz[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT reservation_accounts CHECK (cardinality(account_ids) = cardinality(period_starts));
UPDATE reservation r SET account_ids = e.accounts, period_starts = e.periods
  FROM (SELECT generation_id, attempt, array_agg(account_id ORDER BY account_id) AS accounts,
          array_agg(period_start ORDER BY account_id) AS periods
        FROM ledger_entry WHERE kind = 'reserve' GROUP BY generation_id, attempt) e
  WHERE e.generation_id = r.generation_id AND e.attempt = r.attempt AND r.settled_at IS NULL;

-- Each row of the ledger costs as many index entries as it has indexes: one serves as three did.
CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (generation_id, attempt, account_id, kind, step);
DROP INDEX ledger_entry_generation;
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_account_id_generation_id_attempt_kind_step_key,
  -- Checked row by row it took a fifth of the time of a batch. Only the functions below write here, and no
  -- role may delete an account.
  DROP CONSTRAINT ledger_entry_account_id_fkey;
-- Balances are rewritten by every batch: room on the page keeps that from touching the index.
ALTER TABLE budget_balance SET (fillfactor = 20);

-- ───────────────────────────── prices ─────────────────────────────

-- What ships with Atrium can be used at once; whoever wants to charge for it sets a price. And on a machine
-- where somebody only tries a model, nobody has to.
ALTER TABLE organisation ADD COLUMN free_models boolean;
COMMENT ON COLUMN organisation.free_models IS 'Whether a model that comes without a price costs nothing; otherwise it can''t be used before it has one. NULL: not decided, which is no.';

CREATE FUNCTION price_of_a_new_model() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.name = 'starter' OR (SELECT free_models FROM organisation) THEN
    INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES (NEW.name, 0, 0, 0, now());
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER price_of_a_new_model AFTER INSERT ON model
  FOR EACH ROW EXECUTE FUNCTION price_of_a_new_model();

-- Until now a model without a price cost nothing: those that are in use keep on doing so.
INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
  SELECT m.name, 0, 0, 0, now() FROM model m WHERE NOT EXISTS (SELECT FROM price p WHERE p.model = m.name);

-- ───────────────────────────── periods and limits ─────────────────────────────

CREATE FUNCTION budget_period_start(p_period text, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT CASE p_period
    WHEN 'none' THEN '-infinity'::timestamptz
    ELSE date_trunc(p_period, p_at, (SELECT time_zone FROM organisation))
  END
$$;
COMMENT ON FUNCTION budget_period_start(text, timestamptz) IS 'Midnight in the organisation''s time zone, of the day, of Monday or of the first.';

CREATE FUNCTION budget_period_end(p_period text, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  -- Added as local time: a day has 23 or 25 hours when clocks are set.
  SELECT CASE p_period
    WHEN 'none' THEN 'infinity'::timestamptz
    ELSE (date_trunc(p_period, p_at AT TIME ZONE o.time_zone) + ('1 ' || p_period)::interval) AT TIME ZONE o.time_zone
  END FROM organisation o
$$;

CREATE OR REPLACE FUNCTION budget_period_start(p_period text) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT budget_period_start(p_period, clock_timestamp())
$$;

CREATE FUNCTION budget_limit_of(p_account uuid, p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (CASE WHEN a.pool_id IS NULL THEN a.limit_micros ELSE pool.member_cap_micros END
    + coalesce((SELECT sum(i.micros) FROM budget_increase i
        WHERE i.account_id = a.id AND i.starts_at <= p_at AND i.expires_at > p_at), 0))::bigint
  FROM budget_account a LEFT JOIN budget_account pool ON pool.id = a.pool_id WHERE a.id = p_account
$$;
COMMENT ON FUNCTION budget_limit_of IS 'The limit with what was added to it for a time. NULL: no limit.';

CREATE OR REPLACE FUNCTION budget_accounts_of(p_user uuid, p_department uuid)
RETURNS TABLE (account_id uuid, period_start timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE chain (id, parent_id) AS (
    SELECT d.id, d.parent_id FROM department d WHERE d.id = p_department
    UNION
    SELECT d.id, d.parent_id FROM department d JOIN chain c ON d.id = c.parent_id
  ), pool AS (
    SELECT a.* FROM budget_account a JOIN chain c ON a.department_id = c.id
  )
  SELECT a.id, budget_period_start(coalesce(p.period, a.period))
  FROM budget_account a LEFT JOIN budget_account p ON p.id = a.pool_id
  WHERE a.kind = 'organisation' OR (a.kind = 'user' AND a.user_id = p_user)
    OR a.id IN (SELECT id FROM pool)
    OR (a.user_id = p_user AND a.pool_id IN (SELECT id FROM pool WHERE member_cap_micros IS NOT NULL))
    OR (a.kind = 'project' AND a.project = (SELECT m.project FROM project_member m WHERE m.user_id = p_user))
$$;
COMMENT ON FUNCTION budget_accounts_of IS 'Who pays: the user, the department and all above it, their own shares of those that have a cap, the project, the organisation; as far as they have an account.';

-- Makes the accounts of members that draw from a capped pool for the first time, with what they have spent
-- of it in this period: a cap that is set in the middle of a month counts what was before.
CREATE FUNCTION budget_open_members(p_users uuid[], p_departments uuid[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  m record;
  starts timestamptz;
  before bigint;
BEGIN
  FOR m IN
    WITH RECURSIVE chain (user_id, id, parent_id) AS (
      SELECT DISTINCT n.u, d.id, d.parent_id FROM unnest(p_users, p_departments) AS n (u, d0) JOIN department d ON d.id = n.d0
      UNION ALL
      SELECT c.user_id, d.id, d.parent_id FROM chain c JOIN department d ON d.id = c.parent_id
    )
    INSERT INTO budget_account (kind, pool_id, user_id, alert_percents)
      SELECT DISTINCT 'member', p.id, c.user_id, '{}'::smallint[]
      FROM chain c JOIN budget_account p ON p.department_id = c.id
      WHERE p.member_cap_micros IS NOT NULL
        AND NOT EXISTS (SELECT FROM budget_account x WHERE x.pool_id = p.id AND x.user_id = c.user_id)
      ORDER BY p.id, c.user_id
      ON CONFLICT DO NOTHING
      RETURNING id, pool_id, user_id
  LOOP
    SELECT budget_period_start(p.period, p_at) INTO starts FROM budget_account p WHERE p.id = m.pool_id;
    SELECT coalesce(sum(e.spent_micros), 0) INTO before
      FROM reservation r JOIN ledger_entry e ON e.generation_id = r.generation_id AND e.attempt = r.attempt
      WHERE r.user_id = m.user_id AND r.created_at >= starts AND e.account_id = m.pool_id AND e.period_start = starts;
    IF before > 0 THEN
      INSERT INTO ledger_entry (account_id, period_start, kind, spent_micros) VALUES (m.id, starts, 'adjust', before);
      INSERT INTO budget_balance (account_id, period_start, spent_micros) VALUES (m.id, starts, before);
    END IF;
  END LOOP;
END $$;

-- ───────────────────────────── the lane ─────────────────────────────

-- Takes a batch of reservations, top-ups and settlements, each of another generation, in their order, and
-- answers each with a verdict; one that is refused changes nothing and harms no other:
--   reserve  p_prompts, p_tokens: the slice. As many tokens of it as there is room for in every account
--            that pays, at least 16 or none.
--   top_up   p_tokens: through which token of this attempt. As many of these as there is room for.
--   settle   p_prompts, p_cached, p_tokens: what was used. Spends it, never more than was reserved, and
--            releases the rest.
-- Verdicts: ok; exhausted, with the account that refuses; no_price; closed: there is no open reservation.
-- Repeating an item answers as the first time and changes nothing.
--
-- Locks: first the generations (advisory), then the balances, each in the order of their ids, so that no two
-- callers can deadlock. Everything is one statement of the caller's, so a hub that hangs holds no lock.
CREATE FUNCTION budget_apply(
  p_kinds text[], p_generations uuid[], p_attempts integer[], p_users uuid[], p_departments uuid[],
  p_models text[], p_prompts integer[], p_cached integer[], p_tokens integer[], p_life interval
) RETURNS TABLE (item integer, verdict text, allowed integer, reserved bigint, account_id uuid, account_kind text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Plans are made while tables are small and kept; only those by index stay good as they grow.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  n CONSTANT integer := cardinality(p_kinds);
  moment CONSTANT timestamptz := clock_timestamp();
  least_tokens CONSTANT integer := 16;
  -- of each item
  verdicts text[] := array_fill('ok'::text, ARRAY[n]);
  through integer[] := array_fill(0, ARRAY[n]);
  held bigint[] := array_fill(0::bigint, ARRAY[n]);
  refusing integer[] := array_fill(NULL::integer, ARRAY[n]);
  more_reserved bigint[] := array_fill(0::bigint, ARRAY[n]);
  more_spent bigint[] := array_fill(0::bigint, ARRAY[n]);
  prices uuid[] := array_fill(NULL::uuid, ARRAY[n]);
  input_rates bigint[] := array_fill(0::bigint, ARRAY[n]);
  cached_rates bigint[] := array_fill(0::bigint, ARRAY[n]);
  output_rates bigint[] := array_fill(0::bigint, ARRAY[n]);
  pays_prompt boolean[] := array_fill(false, ARRAY[n]);
  -- of each item and account, in the order of the items
  pair_items integer[];
  pair_accounts uuid[];
  pair_periods timestamptz[];
  pair_slots integer[];
  -- of each balance, in the order of the ids
  slot_accounts uuid[] := '{}';
  slot_periods timestamptz[] := '{}';
  slot_used bigint[] := '{}';
  slot_spent bigint[] := '{}';
  slot_limits bigint[] := '{}';
  slot_alerts bigint[] := '{}';
  x record;
  i integer;
  j integer := 1;
  first_pair integer;
  s integer;
  wanted integer;
  fixed numeric;
  room numeric;
  least_room numeric;
  fits numeric;
  cost bigint;
  alerts boolean := false;
BEGIN
  IF (SELECT count(DISTINCT g) FROM unnest(p_generations) AS g) <> n THEN
    RAISE EXCEPTION 'a generation is twice in one batch' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(h.key)
    FROM (SELECT hashtextextended(g::text, 5) AS key FROM unnest(p_generations) AS g ORDER BY 1) AS h;

  -- What is known of each item.
  FOR x IN
    SELECT q.item, q.kind, r.generation_id AS known, r.settled_at, r.allowed_tokens, r.reserved_micros, r.bills_prompt,
      coalesce(r.input_per_million, p.input_per_million) AS input_rate,
      coalesce(r.cached_per_million, p.cached_per_million) AS cached_rate,
      coalesce(r.output_per_million, p.output_per_million) AS output_rate,
      p.id AS price, p.valid_to
    FROM unnest(p_kinds, p_generations, p_attempts, p_models) WITH ORDINALITY AS q (kind, generation_id, attempt, model, item)
    LEFT JOIN reservation r ON r.generation_id = q.generation_id AND r.attempt = q.attempt
    LEFT JOIN LATERAL (
      SELECT * FROM price v WHERE q.kind = 'reserve' AND v.model = q.model AND v.valid_from <= moment
      ORDER BY v.valid_from DESC LIMIT 1
    ) p ON r.generation_id IS NULL
  LOOP
    i := x.item;
    through[i] := coalesce(x.allowed_tokens, 0);
    held[i] := coalesce(x.reserved_micros, 0);
    prices[i] := x.price;
    input_rates[i] := x.input_rate;
    cached_rates[i] := x.cached_rate;
    output_rates[i] := x.output_rate;
    IF x.kind = 'reserve' THEN
      IF x.known IS NOT NULL THEN
        verdicts[i] := CASE WHEN x.settled_at IS NULL THEN 'repeated' ELSE 'closed' END;
      ELSIF x.price IS NULL OR x.valid_to <= moment THEN
        verdicts[i] := 'no_price';
      ELSE
        -- The prompt is billed once: a later attempt's prefill is our own cost.
        pays_prompt[i] := NOT EXISTS (
          SELECT FROM reservation r WHERE r.generation_id = p_generations[i] AND r.bills_prompt
            AND (r.settled_at IS NULL OR r.used_prompt > 0));
      END IF;
    ELSIF x.known IS NULL THEN
      verdicts[i] := 'closed';
    ELSIF x.kind = 'settle' THEN
      pays_prompt[i] := x.bills_prompt;
      verdicts[i] := CASE WHEN x.settled_at IS NULL THEN 'ok' ELSE 'repeated' END;
    ELSIF x.settled_at IS NOT NULL THEN
      verdicts[i] := 'closed';
    ELSIF p_tokens[i] <= x.allowed_tokens THEN
      verdicts[i] := 'repeated';
    END IF;
  END LOOP;

  -- Who pays for it, and from which period.
  IF EXISTS (SELECT FROM budget_account WHERE member_cap_micros IS NOT NULL) AND 'reserve' = ANY (p_kinds) THEN
    PERFORM budget_open_members(
      (SELECT array_agg(p_users[k]) FROM generate_subscripts(p_kinds, 1) AS k WHERE p_kinds[k] = 'reserve'),
      (SELECT array_agg(p_departments[k]) FROM generate_subscripts(p_kinds, 1) AS k WHERE p_kinds[k] = 'reserve'), moment);
  END IF;
  WITH RECURSIVE asked AS MATERIALIZED (
    SELECT k AS item, p_users[k] AS user_id, p_departments[k] AS department_id
    FROM generate_subscripts(p_kinds, 1) AS k WHERE p_kinds[k] = 'reserve' AND verdicts[k] = 'ok'
  ), chain (item, user_id, id, parent_id) AS (
    SELECT a.item, a.user_id, d.id, d.parent_id FROM asked a JOIN department d ON d.id = a.department_id
    UNION ALL
    SELECT c.item, c.user_id, d.id, d.parent_id FROM chain c JOIN department d ON d.id = c.parent_id
  ), pool AS MATERIALIZED (
    SELECT c.item, c.user_id, b.id, b.period, b.member_cap_micros FROM chain c JOIN budget_account b ON b.department_id = c.id
  ), paying (item, account_id, period) AS (
    SELECT item, id, period FROM pool
    UNION ALL
    SELECT p.item, m.id, p.period FROM pool p JOIN budget_account m ON m.pool_id = p.id AND m.user_id = p.user_id
      WHERE p.member_cap_micros IS NOT NULL
    UNION ALL
    SELECT a.item, b.id, b.period FROM asked a JOIN budget_account b ON b.user_id = a.user_id AND b.kind = 'user'
    UNION ALL
    SELECT a.item, b.id, b.period FROM asked a JOIN project_member m ON m.user_id = a.user_id
      JOIN budget_account b ON b.project = m.project
    UNION ALL
    SELECT a.item, b.id, b.period FROM asked a CROSS JOIN budget_account b WHERE b.kind = 'organisation'
  ), starts AS MATERIALIZED (
    SELECT p.period, budget_period_start(p.period, moment) AS period_start FROM (SELECT DISTINCT period FROM paying) p
  ), pairs AS (
    SELECT p.item, p.account_id, s.period_start FROM paying p JOIN starts s ON s.period = p.period
    UNION ALL
    SELECT k, e.account_id, e.period_start
    FROM generate_subscripts(p_kinds, 1) AS k
    JOIN reservation r ON r.generation_id = p_generations[k] AND r.attempt = p_attempts[k]
    CROSS JOIN LATERAL unnest(r.account_ids, r.period_starts) AS e (account_id, period_start)
    WHERE p_kinds[k] <> 'reserve' AND verdicts[k] = 'ok'
  ), slots AS (
    SELECT p.*, dense_rank() OVER (ORDER BY p.account_id, p.period_start) AS slot FROM pairs p
  )
  SELECT array_agg(z.item ORDER BY z.item, z.slot), array_agg(z.account_id ORDER BY z.item, z.slot),
      array_agg(z.period_start ORDER BY z.item, z.slot), array_agg(z.slot::integer ORDER BY z.item, z.slot)
    INTO pair_items, pair_accounts, pair_periods, pair_slots FROM slots z;

  -- All of these balances, locked.
  INSERT INTO budget_balance (account_id, period_start)
    SELECT DISTINCT z.a, z.p FROM unnest(pair_accounts, pair_periods) AS z (a, p)
    WHERE NOT EXISTS (SELECT FROM budget_balance b WHERE b.account_id = z.a AND b.period_start = z.p)
    ORDER BY 1, 2 ON CONFLICT DO NOTHING;
  FOR x IN
    SELECT b.account_id, b.period_start, b.reserved_micros + b.spent_micros AS used, b.spent_micros AS spent,
      l.micros AS limit_micros,
      least(a.soft_micros, l.micros * (SELECT min(t) FROM unnest(a.alert_percents) AS t) / 100) AS alert_micros
    FROM (SELECT DISTINCT z.a, z.p FROM unnest(pair_accounts, pair_periods) AS z (a, p)) AS z
    JOIN budget_balance b ON b.account_id = z.a AND b.period_start = z.p
    JOIN budget_account a ON a.id = z.a
    CROSS JOIN LATERAL (SELECT (CASE WHEN a.pool_id IS NULL THEN a.limit_micros
        ELSE (SELECT p.member_cap_micros FROM budget_account p WHERE p.id = a.pool_id) END
      + coalesce((SELECT sum(v.micros) FROM budget_increase v
          WHERE v.account_id = a.id AND v.starts_at <= moment AND v.expires_at > moment), 0))::numeric AS micros) AS l
    ORDER BY b.account_id, b.period_start FOR UPDATE OF b
  LOOP
    slot_accounts := slot_accounts || x.account_id;
    slot_periods := slot_periods || x.period_start;
    slot_used := slot_used || x.used;
    slot_spent := slot_spent || x.spent;
    slot_limits := slot_limits || x.limit_micros::bigint;
    slot_alerts := slot_alerts || x.alert_micros::bigint;
  END LOOP;

  -- One after the other; what one is given the next does not find any more.
  FOR i IN 1 .. n LOOP
    CONTINUE WHEN verdicts[i] <> 'ok';
    first_pair := j;
    IF p_kinds[i] = 'settle' THEN
      -- What was not reserved is not spent: a node that decodes past its allowance works for nothing.
      cost := least(held[i], token_cost(
        CASE WHEN pays_prompt[i] THEN p_prompts[i] ELSE 0 END, CASE WHEN pays_prompt[i] THEN least(p_cached[i], p_prompts[i]) ELSE 0 END,
        p_tokens[i], input_rates[i], cached_rates[i], output_rates[i]));
      more_reserved[i] := -held[i];
      more_spent[i] := cost;
    ELSE
      wanted := p_tokens[i] - through[i];
      fixed := CASE WHEN pays_prompt[i] THEN p_prompts[i]::numeric * greatest(input_rates[i], cached_rates[i]) ELSE 0 END;
      fits := wanted;
      least_room := NULL;
      WHILE pair_items[j] = i LOOP
        s := pair_slots[j];
        IF slot_limits[s] IS NOT NULL THEN
          room := slot_limits[s]::numeric - slot_used[s];
          IF least_room IS NULL OR room < least_room THEN
            least_room := room;
            refusing[i] := s;
          END IF;
          IF slot_limits[s] = 0 OR room * 1000000 < fixed THEN
            fits := -1;
          ELSIF output_rates[i] > 0 THEN
            fits := least(fits, div(room * 1000000 - fixed, output_rates[i]::numeric));
          END IF;
        END IF;
        j := j + 1;
      END LOOP;
      IF fits < (CASE p_kinds[i] WHEN 'reserve' THEN least(wanted, least_tokens) ELSE 1 END) THEN
        verdicts[i] := 'exhausted';
        alerts := true;
        CONTINUE;
      END IF;
      refusing[i] := NULL;
      cost := ceil((fixed + fits * output_rates[i]) / 1000000)::bigint;
      through[i] := through[i] + fits::integer;
      held[i] := held[i] + cost;
      more_reserved[i] := cost;
    END IF;
    j := first_pair;
    WHILE pair_items[j] = i LOOP
      s := pair_slots[j];
      slot_used[s] := slot_used[s] + more_reserved[i] + more_spent[i];
      slot_spent[s] := slot_spent[s] + more_spent[i];
      alerts := alerts OR coalesce(more_spent[i] > 0 AND slot_spent[s] >= slot_alerts[s], false);
      j := j + 1;
    END LOOP;
  END LOOP;

  -- Written down.
  IF 'ok' = ANY (verdicts) THEN
    INSERT INTO ledger_entry (account_id, period_start, kind, generation_id, attempt, step, reserved_micros, spent_micros)
      SELECT z.a, z.p, CASE p_kinds[z.k] WHEN 'settle' THEN 'spend' ELSE p_kinds[z.k] END, p_generations[z.k], p_attempts[z.k],
        CASE p_kinds[z.k] WHEN 'top_up' THEN through[z.k] ELSE 0 END, more_reserved[z.k], more_spent[z.k]
      FROM unnest(pair_items, pair_accounts, pair_periods) AS z (k, a, p) WHERE verdicts[z.k] = 'ok';
    UPDATE budget_balance b SET reserved_micros = b.reserved_micros + c.reserved, spent_micros = b.spent_micros + c.spent
      FROM (SELECT z.a, z.p, sum(more_reserved[z.k]) AS reserved, sum(more_spent[z.k]) AS spent
            FROM unnest(pair_items, pair_accounts, pair_periods) AS z (k, a, p) WHERE verdicts[z.k] = 'ok' GROUP BY z.a, z.p) AS c
      WHERE b.account_id = c.a AND b.period_start = c.p;
    IF 'reserve' = ANY (p_kinds) THEN
      INSERT INTO reservation (generation_id, attempt, user_id, department_id, model, price_id,
          input_per_million, cached_per_million, output_per_million, prompt_tokens, allowed_tokens, reserved_micros,
          bills_prompt, expires_at, account_ids, period_starts)
        SELECT p_generations[k], p_attempts[k], p_users[k], p_departments[k], p_models[k], prices[k],
          input_rates[k], cached_rates[k], output_rates[k], p_prompts[k], through[k], held[k],
          pays_prompt[k], moment + p_life, w.accounts, w.periods
        FROM generate_subscripts(p_kinds, 1) AS k
        LEFT JOIN LATERAL (
          SELECT coalesce(array_agg(z.a), '{}') AS accounts, coalesce(array_agg(z.p), '{}') AS periods
          FROM unnest(pair_items, pair_accounts, pair_periods) AS z (k0, a, p) WHERE z.k0 = k
        ) AS w ON true
        WHERE p_kinds[k] = 'reserve' AND verdicts[k] = 'ok';
    END IF;
    UPDATE reservation r SET
        allowed_tokens = through[q.item], reserved_micros = held[q.item],
        expires_at = CASE q.kind WHEN 'top_up' THEN moment + p_life ELSE r.expires_at END,
        used_prompt = CASE q.kind WHEN 'settle' THEN p_prompts[q.item] END,
        used_cached = CASE q.kind WHEN 'settle' THEN p_cached[q.item] END,
        used_completion = CASE q.kind WHEN 'settle' THEN p_tokens[q.item] END,
        settled_micros = CASE q.kind WHEN 'settle' THEN more_spent[q.item] END,
        settled_at = CASE q.kind WHEN 'settle' THEN moment END
      FROM unnest(p_kinds, p_generations, p_attempts) WITH ORDINALITY AS q (kind, generation_id, attempt, item)
      WHERE q.kind <> 'reserve' AND verdicts[q.item] = 'ok' AND r.generation_id = q.generation_id AND r.attempt = q.attempt;
  END IF;
  IF alerts THEN
    FOR x IN
      INSERT INTO budget_alert (account_id, period_start, kind, percent, spent_micros, limit_micros)
        SELECT z.a, z.p, c.kind, c.percent, z.spent, z.most
        FROM unnest(slot_accounts, slot_periods, slot_spent, slot_limits) WITH ORDINALITY AS z (a, p, spent, most, slot)
        JOIN budget_account acc ON acc.id = z.a
        CROSS JOIN LATERAL (
          SELECT 'threshold' AS kind, t AS percent FROM unnest(acc.alert_percents) AS t
            WHERE z.spent > 0 AND z.spent >= z.most::numeric * t / 100
          UNION ALL SELECT 'soft', 0::smallint WHERE z.spent > 0 AND z.spent >= acc.soft_micros
          UNION ALL SELECT 'exhausted', 0::smallint WHERE z.slot = ANY (refusing)
        ) AS c
        WHERE NOT EXISTS (SELECT FROM budget_alert y WHERE y.account_id = z.a AND y.period_start = z.p
          AND y.kind = c.kind AND y.percent = c.percent)
        ON CONFLICT DO NOTHING RETURNING *
    LOOP
      PERFORM audit_append(NULL, 'ledger', 'budget.alert', 'budget_account', x.account_id::text, 'ok', NULL, NULL,
        jsonb_build_object('kind', x.kind, 'percent', x.percent, 'periodStart', x.period_start,
          'spentMicros', x.spent_micros::text, 'limitMicros', x.limit_micros::text));
    END LOOP;
  END IF;
  RETURN QUERY
    SELECT k, CASE verdicts[k] WHEN 'repeated' THEN 'ok' ELSE verdicts[k] END, through[k], held[k], a.id, a.kind
    FROM generate_subscripts(p_kinds, 1) AS k LEFT JOIN budget_account a ON a.id = slot_accounts[refusing[k]];
END $$;

-- ───────────────────────────── the sweeper ─────────────────────────────

-- Settles what nobody settles any more: of answers and attempts that have ended, whose hub died before it
-- came to it, to exactly what they used; of generations that there are not, when their life is over, to
-- nothing. A generation that has not ended is left alone, however old: a living hub takes it over, and
-- settles it. Any number of hubs may sweep at once; each takes what no other has.
CREATE FUNCTION budget_sweep(p_limit integer, p_grace interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  generations uuid[];
  attempts integer[];
  prompts integer[];
  cached integer[];
  tokens integer[];
BEGIN
  WITH due AS MATERIALIZED (
    SELECT DISTINCT ON (r.generation_id) r.generation_id, r.attempt,
      CASE WHEN a.finished_at IS NULL THEN 0 ELSE coalesce(a.prompt_tokens, 0) END AS prompt,
      CASE WHEN a.finished_at IS NULL THEN 0 ELSE least(coalesce(a.cached_tokens, 0), coalesce(a.prompt_tokens, 0)) END AS cached,
      CASE WHEN a.finished_at IS NULL THEN 0 ELSE coalesce(a.completion_tokens, 0) END AS completion
    FROM reservation r
    LEFT JOIN generation g ON g.id = r.generation_id
    LEFT JOIN attempt a ON a.generation_id = r.generation_id AND a.number = r.attempt
    WHERE r.settled_at IS NULL AND (
      (g.id IS NULL AND r.expires_at < clock_timestamp())
      OR g.finished_at < clock_timestamp() - p_grace
      OR a.finished_at < clock_timestamp() - p_grace)
    ORDER BY r.generation_id, r.attempt LIMIT p_limit
  )
  SELECT array_agg(d.generation_id), array_agg(d.attempt), array_agg(d.prompt), array_agg(d.cached), array_agg(d.completion)
    INTO generations, attempts, prompts, cached, tokens
    FROM due d WHERE pg_try_advisory_xact_lock(hashtextextended(d.generation_id::text, 5));
  -- Another sweeper may have settled some between the look and the lock.
  SELECT array_agg(d.generation), array_agg(d.attempt), array_agg(d.prompt), array_agg(d.cached), array_agg(d.completion)
    INTO generations, attempts, prompts, cached, tokens
    FROM unnest(generations, attempts, prompts, cached, tokens) AS d (generation, attempt, prompt, cached, completion)
    JOIN reservation r ON r.generation_id = d.generation AND r.attempt = d.attempt
    WHERE r.settled_at IS NULL;
  IF generations IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM FROM budget_apply(array_fill('settle'::text, ARRAY[cardinality(generations)]), generations, attempts,
    array_fill(NULL::uuid, ARRAY[cardinality(generations)]), array_fill(NULL::uuid, ARRAY[cardinality(generations)]),
    array_fill(NULL::text, ARRAY[cardinality(generations)]), prompts, cached, tokens, interval '0');
  RETURN cardinality(generations);
END $$;

-- ───────────────────────────── comparing and rebuilding ─────────────────────────────

CREATE FUNCTION budget_differences() RETURNS TABLE (
  account_id uuid, period_start timestamptz, reserved_micros bigint, spent_micros bigint,
  ledger_reserved_micros bigint, ledger_spent_micros bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(b.account_id, e.account_id), coalesce(b.period_start, e.period_start),
    coalesce(b.reserved_micros, 0), coalesce(b.spent_micros, 0), coalesce(e.reserved, 0), coalesce(e.spent, 0)
  FROM budget_balance b
  FULL JOIN (SELECT l.account_id, l.period_start, sum(l.reserved_micros)::bigint AS reserved, sum(l.spent_micros)::bigint AS spent
             FROM ledger_entry l GROUP BY 1, 2) e
    ON e.account_id = b.account_id AND e.period_start = b.period_start
  WHERE (coalesce(b.reserved_micros, 0), coalesce(b.spent_micros, 0)) <> (coalesce(e.reserved, 0), coalesce(e.spent, 0))
$$;
COMMENT ON FUNCTION budget_differences IS 'Balances that are not the sums of the ledger: none, or something is wrong.';

CREATE FUNCTION budget_unpaid() RETURNS TABLE (
  generation_id uuid, attempt integer, account_id uuid, settled_micros bigint, ledger_spent_micros bigint, ledger_reserved_micros bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.generation_id, r.attempt, e.account_id, r.settled_micros, e.spent, e.reserved
  FROM reservation r
  JOIN (SELECT l.generation_id, l.attempt, l.account_id, sum(l.spent_micros)::bigint AS spent, sum(l.reserved_micros)::bigint AS reserved
        FROM ledger_entry l WHERE l.generation_id IS NOT NULL GROUP BY 1, 2, 3) e
    ON e.generation_id = r.generation_id AND e.attempt = r.attempt
  WHERE (r.settled_at IS NOT NULL AND (e.spent <> r.settled_micros OR e.reserved <> 0))
    OR (r.settled_at IS NULL AND (e.spent <> 0 OR e.reserved <> r.reserved_micros))
$$;
COMMENT ON FUNCTION budget_unpaid IS 'Attempts whose entries in the ledger don''t say what was settled for them, or is held.';

CREATE FUNCTION budget_rebuild() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changed integer;
BEGIN
  LOCK TABLE budget_balance IN EXCLUSIVE MODE;
  INSERT INTO budget_balance AS b (account_id, period_start, reserved_micros, spent_micros)
    SELECT d.account_id, d.period_start, d.ledger_reserved_micros, d.ledger_spent_micros FROM budget_differences() d
    ON CONFLICT (account_id, period_start) DO UPDATE
    SET reserved_micros = excluded.reserved_micros, spent_micros = excluded.spent_micros;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;
COMMENT ON FUNCTION budget_rebuild IS 'Sets every balance to the sum of the ledger; how many were wrong. Reservations wait meanwhile.';

-- ───────────────────────────── for hubs of the version before ─────────────────────────────

CREATE OR REPLACE FUNCTION budget_reserve(
  p_generation uuid, p_attempt integer, p_user uuid, p_department uuid, p_model text,
  p_prompt integer, p_slice integer, p_life interval,
  OUT allowed integer, OUT reserved bigint, OUT refused_by uuid
) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE v.verdict WHEN 'ok' THEN v.allowed ELSE 0 END, CASE v.verdict WHEN 'ok' THEN v.reserved ELSE 0 END,
    CASE v.verdict WHEN 'ok' THEN NULL ELSE coalesce(v.account_id, (SELECT id FROM budget_account WHERE kind = 'organisation')) END
  FROM budget_apply(ARRAY['reserve'], ARRAY[p_generation], ARRAY[p_attempt], ARRAY[p_user], ARRAY[p_department], ARRAY[p_model],
    ARRAY[p_prompt], ARRAY[0], ARRAY[p_slice], p_life) v
$$;

CREATE OR REPLACE FUNCTION budget_top_up(
  p_generation uuid, p_attempt integer, p_through integer, p_life interval,
  OUT allowed integer, OUT reserved bigint, OUT refused_by uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v record;
BEGIN
  SELECT * INTO v FROM budget_apply(ARRAY['top_up'], ARRAY[p_generation], ARRAY[p_attempt], ARRAY[NULL::uuid], ARRAY[NULL::uuid],
    ARRAY[NULL::text], ARRAY[0], ARRAY[0], ARRAY[p_through], p_life);
  IF v.verdict = 'closed' THEN
    RAISE EXCEPTION 'no open reservation for generation % attempt %', p_generation, p_attempt USING ERRCODE = 'no_data_found';
  END IF;
  allowed := v.allowed;
  reserved := v.reserved;
  refused_by := v.account_id;
END $$;

CREATE OR REPLACE FUNCTION budget_settle(
  p_generation uuid, p_attempt integer, p_prompt integer, p_cached integer, p_completion integer
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM budget_apply(ARRAY['settle'], ARRAY[p_generation], ARRAY[p_attempt], ARRAY[NULL::uuid], ARRAY[NULL::uuid],
    ARRAY[NULL::text], ARRAY[p_prompt], ARRAY[p_cached], ARRAY[p_completion], interval '0');
  RETURN (SELECT r.settled_micros FROM reservation r WHERE r.generation_id = p_generation AND r.attempt = p_attempt);
END $$;

DROP FUNCTION budget_hold;

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION price_of_a_new_model, budget_period_start(text, timestamptz), budget_period_end, budget_limit_of,
  budget_open_members, budget_apply, budget_sweep, budget_differences, budget_unpaid, budget_rebuild FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    -- A hub obeys prices and budgets and never makes them.
    REVOKE INSERT, UPDATE ON price, budget_account FROM hub_app;
    GRANT EXECUTE ON FUNCTION budget_apply, budget_sweep, budget_limit_of TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT ON budget_alert TO portal_app;
    GRANT SELECT, INSERT, UPDATE (expires_at) ON budget_increase TO portal_app;
    GRANT SELECT, INSERT, DELETE, UPDATE (project) ON project_member TO portal_app;
    GRANT EXECUTE ON FUNCTION budget_limit_of, budget_period_start(text, timestamptz), budget_period_end,
      budget_differences TO portal_app;
  END IF;
END $$;
