-- Written by hand: what drizzle-kit cannot say.

-- Every message to a person moves `pace` on their row: room for the new version on the same page spares the indexes.
ALTER TABLE contacts SET (fillfactor = 70);
--> statement-breakpoint
-- What was sent before this migration counts towards the promised frequency as well.
UPDATE sends SET decided_at = created_at WHERE kind = 'message';
