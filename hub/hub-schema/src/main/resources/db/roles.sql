-- The three roles of Atrium, made only where they are missing. Runs before the migrations, as whoever
-- the database address names: a superuser (embedded PostgreSQL), an owner with CREATEROLE, or a plain
-- owner, who may do none of this; then the tables belong to that owner, and a NOTICE says so.
-- Roles belong to the whole server, hence the tolerance for somebody else making them at the same time.
SELECT pg_advisory_xact_lock(4702111234474983745);

DO $$
DECLARE
  r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['migrator', 'hub_app', 'portal_app'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', r);
        EXECUTE format('GRANT %I TO CURRENT_USER WITH SET TRUE, INHERIT FALSE', r);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE NOTICE 'atrium: % may not create role %, going on without it', CURRENT_USER, r;
    END;
  END LOOP;
  FOREACH r IN ARRAY ARRAY['migrator', 'hub_app', 'portal_app'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r);
    BEGIN
      EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', r);
      IF r = 'migrator' THEN
        GRANT CREATE ON SCHEMA public TO migrator;
      END IF;
    EXCEPTION
      WHEN insufficient_privilege THEN
        RAISE NOTICE 'atrium: % may not open the schema to %', CURRENT_USER, r;
    END;
  END LOOP;
END $$;
