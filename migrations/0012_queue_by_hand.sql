-- Written by hand: what drizzle-kit cannot say.

-- What a queued message says goes in the transaction in which it settles, is cancelled or refused. A trigger, so that no
-- statement that ends a send, of today or later, can forget it. Sends that were never queued do not come here.
CREATE FUNCTION forget_queued_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM queued_messages WHERE send_id = NEW.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER sends_forget_queued_message AFTER UPDATE OF status ON sends
  FOR EACH ROW WHEN (NEW.send_at IS NOT NULL AND OLD.status IN ('queued', 'sending') AND NEW.status NOT IN ('queued', 'sending'))
  EXECUTE FUNCTION forget_queued_message();
--> statement-breakpoint
-- A handful of rows, each written up to twenty times a second: room for new versions on the same page.
ALTER TABLE number_pace SET (fillfactor = 10);
