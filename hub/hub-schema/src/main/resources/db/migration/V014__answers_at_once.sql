-- The pieces of many answers are written by one call, which needs no transaction around it.

-- The index that finds an answer's pieces in their order is the primary key: one index fewer to write.
ALTER TABLE answer_chunk DROP CONSTRAINT answer_chunk_pkey, ADD PRIMARY KEY (generation_id, choice, from_position, id);
DROP INDEX answer_chunk_generation;

-- Adds pieces to answers, at most one to each, and says how many: one that does not begin where the stored
-- text ends is left out.
CREATE FUNCTION answer_chunks_add(
  p_generations uuid[], p_attempts integer[], p_starts integer[], p_lengths integer[],
  p_texts bytea[], p_keys uuid[], p_held bytea[], p_kinds text[]
) RETURNS integer LANGUAGE plpgsql
-- A plan is made while the table is empty, and kept while it fills: then only one by index stays good. By a
-- bitmap all pieces of an answer would be read to find its last.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  added integer;
BEGIN
  INSERT INTO answer_chunk (generation_id, attempt, from_position, code_points, ciphertext, key_id, held, kinds)
    SELECT w.id, w.attempt, w.start, w.length, w.ciphertext, w.key_id, w.held, w.kinds
    FROM unnest(p_generations, p_attempts, p_starts, p_lengths, p_texts, p_keys, p_held, p_kinds)
      AS w (id, attempt, start, length, ciphertext, key_id, held, kinds)
    WHERE w.start = coalesce((SELECT c.from_position + c.code_points FROM answer_chunk c
      WHERE c.generation_id = w.id AND c.choice = 0 ORDER BY c.from_position DESC, c.id DESC LIMIT 1), 0);
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN added;
END $$;

-- Notes how far answers are durable and adds the text, of those alone whose owner, epoch and position still
-- hold and that have not ended. Says which these are, and which had been written by an earlier call whose
-- answer was lost; all others are somebody else's by now.
CREATE FUNCTION answers_write(
  p_generations uuid[], p_owners text[], p_epochs integer[], p_starts integer[], p_lengths integer[], p_seqs bigint[],
  p_attempts integer[], p_texts bytea[], p_keys uuid[], p_held bytea[], p_kinds text[],
  OUT written uuid[], OUT earlier uuid[]
) LANGUAGE plpgsql
-- The same, and with the rows of the generations looked up first, by their ids: "pending or running" is said by
-- finished_at, which no index of what is running answers to. Such an index is so short while little runs that
-- a plan may read it as a whole, and go on to when much does.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_nestloop = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  added integer;
BEGIN
  WITH moved AS (
    UPDATE generation g SET position = w.start + w.length, node_seq = w.seq
    FROM unnest(p_generations, p_owners, p_epochs, p_starts, p_lengths, p_seqs) AS w (id, owner, epoch, start, length, seq)
    WHERE g.id = ANY (p_generations) AND g.id = w.id AND g.owner = w.owner AND g.epoch = w.epoch
      AND g.position = w.start AND g.finished_at IS NULL
    RETURNING g.id
  )
  SELECT coalesce(array_agg(m.id), '{}') INTO written FROM moved m;
  earlier := '{}';
  IF cardinality(written) = cardinality(p_generations) THEN
    added := answer_chunks_add(p_generations, p_attempts, p_starts, p_lengths, p_texts, p_keys, p_held, p_kinds);
  ELSE
    SELECT coalesce(array_agg(g.id), '{}') INTO earlier
      FROM unnest(p_generations, p_owners, p_epochs, p_starts, p_lengths) AS w (id, owner, epoch, start, length)
      JOIN generation g ON g.id = w.id
      WHERE g.id = ANY (p_generations) AND g.owner = w.owner AND g.epoch = w.epoch
        AND g.position = w.start + w.length AND g.finished_at IS NULL AND g.id <> ALL (written);
    SELECT answer_chunks_add(array_agg(w.id), array_agg(w.attempt), array_agg(w.start), array_agg(w.length),
        array_agg(w.ciphertext), array_agg(w.key_id), array_agg(w.held), array_agg(w.kinds)) INTO added
      FROM unnest(p_generations, p_attempts, p_starts, p_lengths, p_texts, p_keys, p_held, p_kinds)
        AS w (id, attempt, start, length, ciphertext, key_id, held, kinds)
      WHERE w.id = ANY (written);
  END IF;
  IF added <> cardinality(written) THEN
    RAISE EXCEPTION 'not all pieces begin where the stored answers end' USING ERRCODE = 'ATGAP';
  END IF;
END $$;

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION answer_chunks_add, answers_write FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT EXECUTE ON FUNCTION answer_chunks_add, answers_write TO hub_app;
  END IF;
END $$;
