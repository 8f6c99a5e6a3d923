CREATE TABLE "anchor_leaves" (
	"contact_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"hash" "bytea" NOT NULL,
	"anchor_id" integer NOT NULL,
	CONSTRAINT "anchor_leaves_contact_id_seq_pk" PRIMARY KEY("contact_id","seq")
);
--> statement-breakpoint
CREATE TABLE "anchors" (
	"id" integer PRIMARY KEY NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	"leaves" integer NOT NULL,
	"events" bigint NOT NULL,
	"prev_root" "bytea",
	"root" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "decided_by" uuid;--> statement-breakpoint
CREATE INDEX "anchor_leaves_anchor" ON "anchor_leaves" USING btree ("anchor_id","contact_id");--> statement-breakpoint
CREATE INDEX "consent_events_recorded" ON "consent_events" USING brin ("recorded_at") WITH (autosummarize=true);