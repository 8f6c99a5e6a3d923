ALTER TABLE "sends" DROP CONSTRAINT "sends_yes";--> statement-breakpoint
ALTER TABLE "sends" DROP CONSTRAINT "sends_reason";--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "windows" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "pace" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "decided_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "observed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "sends_counted" ON "sends" USING btree ("contact_id","purpose","decided_at") WHERE kind = 'message' and status in ('sending','accepted','uncertain');--> statement-breakpoint
CREATE INDEX "sends_refused" ON "sends" USING btree ("decided_at") WHERE status = 'refused' or observed;--> statement-breakpoint
ALTER TABLE "contacts" DROP COLUMN "last_inbound_at";--> statement-breakpoint
ALTER TABLE "sends" ADD CONSTRAINT "sends_yes" CHECK (kind <> 'message' or status = 'refused' or permitted_by is not null or observed);--> statement-breakpoint
ALTER TABLE "sends" ADD CONSTRAINT "sends_reason" CHECK ((status <> 'refused' and not observed) or reason is not null);