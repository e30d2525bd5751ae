-- Sensitive data: what becomes of it, the company's words, and what belongs to a masked answer.

CREATE TABLE treatment_rule (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  department_id uuid REFERENCES department,
  model         text REFERENCES model,
  kind          text CHECK (kind IN ('secret', 'person_id', 'iban', 'bank_card', 'email', 'phone', 'word')),
  treatment     text NOT NULL CHECK (treatment IN ('allow', 'warn', 'mask', 'refuse')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  created_by    uuid REFERENCES app_user ON DELETE SET NULL,
  CONSTRAINT treatment_rule_once UNIQUE NULLS NOT DISTINCT (department_id, model, kind)
);
CREATE INDEX treatment_rule_department ON treatment_rule (department_id) WHERE department_id IS NOT NULL;
CREATE INDEX treatment_rule_model ON treatment_rule (model) WHERE model IS NOT NULL;
CREATE INDEX treatment_rule_created_by ON treatment_rule (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE treatment_rule IS 'Added and removed, never changed. The strictest of those that apply holds: hub-policy.';
COMMENT ON COLUMN treatment_rule.department_id IS 'With all below it. NULL: everybody.';
COMMENT ON COLUMN treatment_rule.model IS 'NULL, like kind: all, also those that come later.';

CREATE TABLE sensitive_word (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  word       text NOT NULL CHECK (char_length(word) <= 64 AND word ~ '^[^[:cntrl:]]+$'),
  normalised text NOT NULL UNIQUE CHECK (normalised <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sensitive_word.normalised IS 'What words have in common that are found in the same places: WordList of hub-policy.';

-- Hubs hold the whole list in memory and read it again only when this has moved.
CREATE TABLE sensitive_word_list (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  revision bigint NOT NULL
);
INSERT INTO sensitive_word_list (revision) VALUES (0);

CREATE FUNCTION sensitive_words_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE sensitive_word_list SET revision = revision + 1;
  IF (SELECT count(*) FROM sensitive_word) > 20000 THEN
    RAISE EXCEPTION 'a list has at most 20000 words' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER list_changed AFTER INSERT OR UPDATE OR DELETE ON sensitive_word
  FOR EACH STATEMENT EXECUTE FUNCTION sensitive_words_changed();

-- ───────────────────────────── messages ─────────────────────────────

ALTER TABLE message ADD COLUMN confirmed text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN message.confirmed IS 'Kinds of sensitive data in it that its writer has said may be sent.';

-- What the model saw in place of what: encrypted like a text, with an ordinal behind all that is read.
ALTER TABLE message_part DROP CONSTRAINT message_part_kind_check;
ALTER TABLE message_part ADD CONSTRAINT message_part_kind_check
  CHECK (kind IN ('text', 'reasoning', 'tool_call', 'tool_result', 'file', 'citation', 'pseudonyms'));

ALTER TABLE answer_chunk ADD COLUMN held bytea;
COMMENT ON COLUMN answer_chunk.held IS 'Encrypted: what the model wrote behind this piece and was not shown yet, since it may become a pseudonym.';

-- ───────────────────────────── changes that hubs must hear of ─────────────────────────────

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['treatment_rule', 'sensitive_word'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_added', t);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_changed', t);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_change()', t || '_removed', t);
  END LOOP;
END $$;

-- ───────────────────────────── who may do what ─────────────────────────────

REVOKE ALL ON FUNCTION sensitive_words_changed FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT SELECT ON treatment_rule, sensitive_word, sensitive_word_list TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT, INSERT, DELETE ON treatment_rule, sensitive_word TO portal_app;
  END IF;
END $$;
