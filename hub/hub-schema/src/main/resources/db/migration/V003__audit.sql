-- What sealing the audit needs: personal data apart from the records, so that it can be erased; who
-- seals; what has been written off the host.

-- ───────────────────────────── personal data ─────────────────────────────

CREATE TABLE audit_personal (
  record_id  bigint NOT NULL REFERENCES audit_record,
  subject_id uuid,
  salt       bytea NOT NULL CHECK (length(salt) = 32),
  fields     jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object'),
  UNIQUE NULLS NOT DISTINCT (record_id, subject_id)
);
CREATE INDEX audit_personal_subject ON audit_personal (subject_id);
CREATE TRIGGER no_change BEFORE UPDATE OR TRUNCATE ON audit_personal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE audit_personal IS 'Names, addresses and what else is personal in a record. Erased as a row, by audit_forget(); the record keeps commitments, which without the salt say nothing.';
COMMENT ON COLUMN audit_personal.subject_id IS 'Whose data it is; NULL where nobody knows.';

ALTER TABLE audit_record
  ADD COLUMN commitments jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(commitments) = 'object'),
  ALTER COLUMN format SET DEFAULT 2;
COMMENT ON COLUMN audit_record.commitments IS 'By the name of the field, audit_commitment() of each value in audit_personal.';
COMMENT ON COLUMN audit_record.actor_name IS 'Not written any more: see audit_personal, and the view audit_entry.';
COMMENT ON COLUMN audit_record.address IS 'Not written any more: see audit_personal, and the view audit_entry.';
COMMENT ON COLUMN audit_record.salt IS 'Not used: salts are in audit_personal.';

CREATE FUNCTION audit_commitment(p_salt bytea, p_subject uuid, p_field text, p_value text)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT encode(sha256(p_salt || uuid_send(coalesce(p_subject, '00000000-0000-0000-0000-000000000000'))
    || convert_to(p_field, 'UTF8') || '\x00'::bytea || convert_to(p_value, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_commitments(p_salt bytea, p_subject uuid, p_fields jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(jsonb_object_agg(f.key, audit_commitment(p_salt, p_subject, f.key, f.value)), '{}')
  FROM jsonb_each_text(p_fields) f
$$;

CREATE FUNCTION audit_salt() RETURNS bytea LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
  -- two random uuids (RFC 9562, version 4): 244 random bits, from the core of PostgreSQL
  SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
$$;

-- Nothing is sealed yet, so records of format 1, which held the data themselves, can still become format 2.
ALTER TABLE audit_record DISABLE TRIGGER append_only;
INSERT INTO audit_personal (record_id, subject_id, salt, fields)
  SELECT id, actor_id, audit_salt(), jsonb_strip_nulls(jsonb_build_object('actorName', actor_name, 'address', address))
  FROM audit_record WHERE actor_name IS NOT NULL OR address IS NOT NULL;
UPDATE audit_record r SET commitments = audit_commitments(p.salt, p.subject_id, p.fields), actor_name = NULL, address = NULL
  FROM audit_personal p WHERE p.record_id = r.id;
UPDATE audit_record SET format = 2;
ALTER TABLE audit_record ENABLE TRIGGER append_only;

CREATE VIEW audit_entry AS
  SELECT r.id, r.at, r.actor_id, p.personal->>'actorName' AS actor_name, r.action, r.target_kind, r.target_id,
    r.result, p.personal->>'address' AS address, r.correlation_id, r.details, p.personal
  FROM audit_record r
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(f.key, f.value) AS personal
    FROM audit_personal x, jsonb_each(x.fields) f WHERE x.record_id = r.id
  ) p ON true;
COMMENT ON VIEW audit_entry IS 'Records with the personal data that has not been erased, for reading.';

-- ───────────────────────────── appending and forgetting ─────────────────────────────

CREATE FUNCTION audit_append(
  p_actor_id uuid, p_actor_name text, p_action text, p_target_kind text, p_target_id text,
  p_result text, p_address text, p_correlation_id text, p_details jsonb,
  p_claimed uuid, p_about uuid, p_personal jsonb
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of_actor CONSTANT jsonb := jsonb_strip_nulls(jsonb_build_object('actorName', p_actor_name, 'address', p_address));
  actor CONSTANT uuid := coalesce(p_actor_id, p_claimed);
  mine jsonb := of_actor;
  others jsonb := coalesce(p_personal, '{}');
  my_salt CONSTANT bytea := audit_salt();
  their_salt CONSTANT bytea := audit_salt();
  record_id bigint;
BEGIN
  -- A number that readers of JSON may read differently has no canonical form, so it could never be sealed.
  IF jsonb_path_exists(coalesce(p_details, '{}'),
      'strict $.** ? (@.type() == "number" && (@.floor() != @ || @.abs() > 9007199254740991))') THEN
    RAISE EXCEPTION 'a detail of an audit record is a number that is not whole' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_about IS NOT DISTINCT FROM actor THEN
    mine := of_actor || others;
    others := '{}';
  END IF;
  INSERT INTO audit_record (actor_id, action, target_kind, target_id, result, correlation_id, details, commitments)
    VALUES (p_actor_id, p_action, p_target_kind, p_target_id, p_result, p_correlation_id, coalesce(p_details, '{}'),
      audit_commitments(my_salt, actor, mine) || audit_commitments(their_salt, p_about, others))
    RETURNING id INTO record_id;
  INSERT INTO audit_personal (record_id, subject_id, salt, fields)
    SELECT record_id, n.* FROM (VALUES (actor, my_salt, mine), (p_about, their_salt, others)) AS n (subject, salt, fields)
    WHERE n.fields <> '{}';
  RETURN record_id;
END $$;
COMMENT ON FUNCTION audit_append(uuid, text, text, text, text, text, text, text, jsonb, uuid, uuid, jsonb) IS
  'The only way into the audit, in the caller''s own transaction. p_claimed: whose name a nameless actor gave. p_personal: texts about p_about that must be erasable.';

CREATE OR REPLACE FUNCTION audit_append(
  p_actor_id uuid, p_actor_name text, p_action text, p_target_kind text, p_target_id text,
  p_result text, p_address text, p_correlation_id text, p_details jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT audit_append(p_actor_id, p_actor_name, p_action, p_target_kind, p_target_id, p_result, p_address,
    p_correlation_id, p_details, NULL, NULL, '{}')
$$;

CREATE FUNCTION audit_forget(p_actor_id uuid, p_subject uuid, p_name text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  erased bigint;
BEGIN
  DELETE FROM audit_personal
    WHERE subject_id = p_subject OR (subject_id IS NULL AND lower(fields->>'actorName') = lower(p_name));
  GET DIAGNOSTICS erased = ROW_COUNT;
  PERFORM audit_append(p_actor_id, NULL, 'audit.forget', 'user', p_subject::text, 'ok', NULL, NULL,
    jsonb_build_object('records', erased));
  RETURN erased;
END $$;
COMMENT ON FUNCTION audit_forget IS 'Erases a person''s data from the audit, and records that it did. The records themselves stay, and their proofs stay valid.';

-- ───────────────────────────── sealing ─────────────────────────────

ALTER TABLE audit_checkpoint ADD COLUMN frontier bytea;
COMMENT ON COLUMN audit_checkpoint.frontier IS 'Roots of the perfect subtrees, the largest first: what the next sealer goes on from, after it checked that they lead to root_hash.';

CREATE TABLE audit_sealer (
  id         smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  holder     text,
  expires_at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO audit_sealer DEFAULT VALUES;
COMMENT ON TABLE audit_sealer IS 'The lease of the one hub that seals. Two at once would do no harm, but work for nothing.';

CREATE TABLE audit_delivery (
  sink      text PRIMARY KEY,
  tree_size bigint NOT NULL CHECK (tree_size >= 0),
  at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit_delivery IS 'By where checkpoints are written off the host, the newest that was written there.';

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION audit_commitment, audit_commitments, audit_salt, audit_forget,
  audit_append(uuid, text, text, text, text, text, text, text, jsonb, uuid, uuid, jsonb) FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT EXECUTE ON FUNCTION audit_forget,
      audit_append(uuid, text, text, text, text, text, text, text, jsonb, uuid, uuid, jsonb) TO hub_app;
    GRANT SELECT, UPDATE ON audit_sealer TO hub_app;
    GRANT SELECT, INSERT, UPDATE ON audit_delivery TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT EXECUTE ON FUNCTION
      audit_append(uuid, text, text, text, text, text, text, text, jsonb, uuid, uuid, jsonb) TO portal_app;
    -- With names and addresses, without the salts.
    GRANT SELECT ON audit_entry TO portal_app;
  END IF;
END $$;
