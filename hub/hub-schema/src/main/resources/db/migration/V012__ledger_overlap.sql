-- Two batches of the ledger overlap: only what needs the balances goes one after the other.

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
-- A lock for each generation, so that nobody else has anything to do with it meanwhile. Then one for all
-- balances: all batches meet on the organisation's anyway, and locks on the others would only cost time. It is
-- taken when what can be known without balances is known, so that two batches overlap. Whoever waits for the
-- second kind holds the first, and nobody the other way round. Everything is one statement of the caller's, so
-- a hub that hangs holds no lock.
CREATE OR REPLACE FUNCTION budget_apply(
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
  balances CONSTANT bigint := 4702111234474983770;
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
  -- where the pairs of an item begin and end
  firsts integer[] := array_fill(1, ARRAY[n]);
  lasts integer[] := array_fill(0, ARRAY[n]);
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
  fresh boolean := false;
BEGIN
  IF (SELECT count(DISTINCT g) FROM unnest(p_generations) AS g) <> n THEN
    RAISE EXCEPTION 'a generation is twice in one batch' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(g.lock)
    FROM (SELECT DISTINCT hashtextextended(u::text, 7) AS lock FROM unnest(p_generations) AS u ORDER BY 1) AS g;

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
    PERFORM pg_advisory_xact_lock(balances);
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

  -- All of these balances.
  PERFORM pg_advisory_xact_lock(balances);
  FOR x IN
    SELECT z.a AS account_id, z.p AS period_start, b.account_id IS NULL AS fresh,
      coalesce(b.reserved_micros + b.spent_micros, 0) AS used, coalesce(b.spent_micros, 0) AS spent,
      l.micros::bigint AS limit_micros,
      least(a.soft_micros, (l.micros * (SELECT min(t) FROM unnest(a.alert_percents) AS t) / 100)::bigint) AS alert_micros
    FROM (SELECT DISTINCT ON (y.slot) y.slot, y.a, y.p
          FROM unnest(pair_slots, pair_accounts, pair_periods) AS y (slot, a, p) ORDER BY y.slot) AS z
    JOIN budget_account a ON a.id = z.a
    LEFT JOIN budget_balance b ON b.account_id = z.a AND b.period_start = z.p
    CROSS JOIN LATERAL (SELECT (CASE WHEN a.pool_id IS NULL THEN a.limit_micros
        ELSE (SELECT p.member_cap_micros FROM budget_account p WHERE p.id = a.pool_id) END
      + coalesce((SELECT sum(v.micros) FROM budget_increase v
          WHERE v.account_id = a.id AND v.starts_at <= moment AND v.expires_at > moment), 0))::numeric AS micros) AS l
    ORDER BY z.slot
  LOOP
    slot_accounts := slot_accounts || x.account_id;
    slot_periods := slot_periods || x.period_start;
    slot_used := slot_used || x.used::bigint;
    slot_spent := slot_spent || x.spent::bigint;
    slot_limits := slot_limits || x.limit_micros;
    slot_alerts := slot_alerts || x.alert_micros;
    fresh := fresh OR x.fresh;
  END LOOP;
  IF fresh THEN
    INSERT INTO budget_balance (account_id, period_start)
      SELECT z.a, z.p FROM unnest(slot_accounts, slot_periods) AS z (a, p) ON CONFLICT DO NOTHING;
  END IF;

  -- One after the other; what one is given the next does not find any more.
  FOR i IN 1 .. n LOOP
    CONTINUE WHEN verdicts[i] <> 'ok';
    first_pair := j;
    firsts[i] := j;
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
    lasts[i] := j - 1;
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
          pays_prompt[k], moment + p_life,
          coalesce(pair_accounts[firsts[k]:lasts[k]], '{}'), coalesce(pair_periods[firsts[k]:lasts[k]], '{}')
        FROM generate_subscripts(p_kinds, 1) AS k
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
    SELECT k, CASE verdicts[k] WHEN 'repeated' THEN 'ok' ELSE verdicts[k] END, through[k], held[k],
      slot_accounts[refusing[k]], (SELECT a.kind FROM budget_account a WHERE a.id = slot_accounts[refusing[k]])
    FROM generate_subscripts(p_kinds, 1) AS k;
END $$;
