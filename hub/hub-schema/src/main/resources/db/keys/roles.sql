-- The roles of the database of keys, made only where they are missing; see db/roles.sql. Nobody but its
-- own users may even connect: the users of the other database have no business here.
SELECT pg_advisory_xact_lock(4702111234474983745);

DO $$
DECLARE
  r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['migrator', 'hub_keys'] LOOP
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
  FOREACH r IN ARRAY ARRAY['migrator', 'hub_keys'] LOOP
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
  BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXCEPTION
    WHEN insufficient_privilege THEN
      RAISE NOTICE 'atrium: % may not close the database of keys to others', CURRENT_USER;
  END;
END $$;
