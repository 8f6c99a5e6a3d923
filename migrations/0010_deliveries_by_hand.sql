-- Written by hand: what drizzle-kit cannot say.

-- The one row that says how far the feed reaches. Whoever gives places locks it.
INSERT INTO feed_head DEFAULT VALUES;
--> statement-breakpoint
-- Rows that live for seconds: vacuum by what has died, not by a share of a table that is nearly empty.
ALTER TABLE letters SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
-- Every event is updated once, when it gets its place.
ALTER TABLE events SET (fillfactor = 80);
