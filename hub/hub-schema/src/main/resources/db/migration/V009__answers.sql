-- What an answer is made of, and what reading it has cost.

-- Thoughts and calls of tools are parts of their own once an answer has ended (message_part.kind); while
-- it grows, a piece says of what it is.
ALTER TABLE answer_chunk ADD COLUMN kinds text;
COMMENT ON COLUMN answer_chunk.kinds IS 'The kinds of its text with their lengths in code points, such as "reasoning 120,text 0"; the last one is that of what comes next. Null: all of it is text.';

ALTER TABLE attempt ADD COLUMN prefilled_tokens integer CHECK (prefilled_tokens >= 0);
COMMENT ON COLUMN attempt.prefilled_tokens IS 'Tokens that its node computed to read: of the prompt what was not cached, what earlier attempts wrote, both again where the answer gave its place up. Not billed.';
ALTER TABLE generation ADD COLUMN prefilled_tokens integer CHECK (prefilled_tokens >= 0);
COMMENT ON COLUMN generation.prefilled_tokens IS 'Of all attempts together.';

-- What a model is told before every conversation with it. One that was published is never changed: an
-- answer that is being written goes on with the one that it began with, on whatever hub.
CREATE TABLE system_prompt (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  model        text NOT NULL REFERENCES model,
  text         text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 20000),
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  retired_at   timestamptz
);
CREATE UNIQUE INDEX system_prompt_in_force ON system_prompt (model) WHERE retired_at IS NULL;
CREATE INDEX system_prompt_model ON system_prompt (model);
COMMENT ON TABLE system_prompt IS 'In clear: it is the same for everybody who may use the model, and its computed keys and values are shared among them.';

ALTER TABLE generation ADD COLUMN system_prompt_id uuid REFERENCES system_prompt;
CREATE INDEX generation_system_prompt ON generation (system_prompt_id);

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_app') THEN
    GRANT SELECT ON system_prompt TO hub_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    GRANT SELECT, INSERT, UPDATE ON system_prompt TO portal_app;
    GRANT SELECT (prefilled_tokens) ON generation TO portal_app;
  END IF;
END $$;
