-- Written by hand: what drizzle-kit cannot say.

-- The ledger is append-only. Withdrawing, correcting and erasing are new events or deletions in "evidence"; a line of
-- the ledger never changes (GDPR Art. 5(2), 7(1): the proof must be worth something).
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER consent_events_append_only BEFORE UPDATE OR DELETE ON consent_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER consent_events_no_truncate BEFORE TRUNCATE ON consent_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- A notice that somebody was shown can never be reworded (ICO: keep the exact text).
CREATE TRIGGER notices_append_only BEFORE UPDATE OR DELETE ON notices
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER notices_no_truncate BEFORE TRUNCATE ON notices
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- The smallest UUIDv7 of a moment: sends are partitioned by their id, whose first 48 bits are Unix milliseconds.
CREATE FUNCTION uuidv7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
--> statement-breakpoint
-- Makes the partitions that rows of the time around `today` need: sends by month from last month to three months
-- ahead, inbound by ISO week from two weeks back (Meta redelivers for 7 days) to four ahead. Called by the migration,
-- at every start and daily; replicas may call it at once.
CREATE FUNCTION create_partitions(today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first date;
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('assent.partitions'));
  FOR i IN -1..3 LOOP
    first := (date_trunc('month', today) + make_interval(months => i))::date;
    name := 'sends_' || to_char(first, 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      -- Every send is updated three to five times (settled, sent, delivered, read): room for that on its own page.
      EXECUTE format('CREATE TABLE %I PARTITION OF sends FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 70)', name,
        uuidv7_floor(first::timestamp AT TIME ZONE 'UTC'),
        uuidv7_floor((first + interval '1 month') AT TIME ZONE 'UTC'));
    END IF;
  END LOOP;
  FOR i IN -2..4 LOOP
    first := (date_trunc('week', today) + make_interval(weeks => i))::date;
    name := 'inbound_' || to_char(first, 'IYYY_IW');
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF inbound FOR VALUES FROM (%L) TO (%L)', name, first, first + 7);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
-- Odd dates (the dashboard's test message is of 2017) go here; ingest sends only such dates here.
CREATE TABLE inbound_default PARTITION OF inbound DEFAULT;
--> statement-breakpoint
SELECT create_partitions(current_date);
