-- Written by hand: what drizzle-kit cannot say.

-- A witness that can be changed is none.
CREATE TRIGGER anchors_append_only BEFORE UPDATE OR DELETE ON anchors
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER anchors_no_truncate BEFORE TRUNCATE ON anchors
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER anchor_leaves_append_only BEFORE UPDATE OR DELETE ON anchor_leaves
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER anchor_leaves_no_truncate BEFORE TRUNCATE ON anchor_leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- The service's role owns no table and may still make the partitions that time needs: this one function runs as its
-- owner. Its search path is fixed, so that nobody can put a table or function of their own in the way; pg_temp, which
-- would otherwise come first, is last.
ALTER FUNCTION create_partitions(date) SECURITY DEFINER SET search_path = public, pg_temp;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION create_partitions(date) FROM PUBLIC;
