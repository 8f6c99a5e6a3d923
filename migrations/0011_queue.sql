CREATE TABLE "number_pace" (
	"phone_number_id" text PRIMARY KEY NOT NULL,
	"tat" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "queued_messages" (
	"send_id" uuid PRIMARY KEY NOT NULL,
	"endpoint" text NOT NULL,
	"version" text,
	"purpose" text,
	"body" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sends" DROP CONSTRAINT "sends_yes";--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "send_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "sends_due" ON "sends" USING btree ("send_at","expires_at") WHERE kind = 'message' and status = 'queued';--> statement-breakpoint
ALTER TABLE "sends" ADD CONSTRAINT "sends_times" CHECK (kind <> 'message' or status <> 'queued' or (send_at is not null and expires_at > send_at));--> statement-breakpoint
ALTER TABLE "sends" ADD CONSTRAINT "sends_yes" CHECK (kind <> 'message' or status in ('refused','queued','cancelled') or permitted_by is not null or observed);