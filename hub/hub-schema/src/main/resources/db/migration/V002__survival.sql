-- What another hub needs to take an answer over, and what it must tell readers that held more than was stored.

ALTER TABLE generation
  -- Since when its present owner owns it: what a process of the same name owned before it started is an orphan.
  ADD COLUMN owned_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The last event of the present attempt whose text is stored; a replay begins behind it.
  ADD COLUMN node_seq bigint NOT NULL DEFAULT 0 CHECK (node_seq >= 0),
  -- Messages of the history that did not fit; every attempt must leave out the same ones.
  ADD COLUMN trimmed_messages integer NOT NULL DEFAULT 0 CHECK (trimmed_messages >= 0),
  -- Readers of an epoch before this one may hold text past this position that was never stored.
  ADD COLUMN restart_epoch integer CHECK (restart_epoch >= 2),
  ADD COLUMN restart_position integer CHECK (restart_position >= 0),
  ADD CONSTRAINT generation_restart_whole CHECK ((restart_epoch IS NULL) = (restart_position IS NULL));

ALTER TABLE attempt
  -- Tokens of the answer that earlier attempts had delivered when this one began.
  ADD COLUMN from_token integer NOT NULL DEFAULT 0 CHECK (from_token >= 0);

ALTER TABLE hub_lease
  -- A hub that leaves takes over nothing any more.
  ADD COLUMN leaving boolean NOT NULL DEFAULT false;
