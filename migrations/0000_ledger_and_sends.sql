CREATE TABLE "consent_events" (
	"contact_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"channel" text NOT NULL,
	"scope" text[] NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"method" text NOT NULL,
	"actor" text NOT NULL,
	"rule" text,
	"request" uuid,
	"notice" "bytea",
	"valid_until" timestamp (3) with time zone,
	"phone_number_id" text,
	"source_key" "bytea" NOT NULL,
	"evidence_digest" "bytea" NOT NULL,
	"prev_hash" "bytea",
	"hash" "bytea" NOT NULL,
	CONSTRAINT "consent_events_contact_id_seq_pk" PRIMARY KEY("contact_id","seq"),
	CONSTRAINT "consent_events_type" CHECK (type in ('requested','given','refused','withdrawn','paused','resumed','expired','revoked','invalidated','imported')),
	CONSTRAINT "consent_events_channel" CHECK (channel in ('whatsapp','sms','email','phone')),
	CONSTRAINT "consent_events_notice" CHECK (type <> 'requested' or notice is not null),
	CONSTRAINT "consent_events_seq" CHECK (seq > 0 and (seq = 1) = (prev_hash is null))
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"language" text,
	"last_inbound_at" timestamp (3) with time zone,
	"head_seq" integer DEFAULT 0 NOT NULL,
	"head_hash" "bytea",
	"states" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"folded_with" text DEFAULT '' NOT NULL,
	"left_seq" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "early_statuses" (
	"wamid" text NOT NULL,
	"status" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"error_code" integer,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "early_statuses_wamid_status_pk" PRIMARY KEY("wamid","status")
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"contact_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"salt" "bytea" NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "evidence_contact_id_seq_pk" PRIMARY KEY("contact_id","seq")
);
--> statement-breakpoint
CREATE TABLE "identifiers" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "identifiers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"value" text NOT NULL,
	"kind" text NOT NULL,
	"contact_id" uuid NOT NULL,
	"source" text NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"valid_to" timestamp (3) with time zone,
	CONSTRAINT "identifiers_value_kind_id_pk" PRIMARY KEY("value","kind","id")
);
--> statement-breakpoint
CREATE TABLE "inbound" (
	"occurred_on" date NOT NULL,
	"key" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "inbound_occurred_on_key_pk" PRIMARY KEY("occurred_on","key")
) PARTITION BY RANGE ("occurred_on");
--> statement-breakpoint
CREATE TABLE "notices" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"language" text NOT NULL,
	"purposes" text[] NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sends" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"contact_id" uuid,
	"person" "bytea",
	"phone_number_id" text NOT NULL,
	"kind" text NOT NULL,
	"purpose" text,
	"template" text,
	"status" text NOT NULL,
	"reason" text,
	"permitted_by" uuid,
	"as_of" integer,
	"reply" jsonb,
	"lease_until" timestamp (3) with time zone,
	"wamid" text,
	"callback_data" text,
	"error_code" integer,
	"settled_at" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone,
	"failed_at" timestamp (3) with time zone,
	CONSTRAINT "sends_status" CHECK (status in ('refused','queued','sending','accepted','failed','uncertain','cancelled')),
	CONSTRAINT "sends_yes" CHECK (kind <> 'message' or status = 'refused' or permitted_by is not null),
	CONSTRAINT "sends_reason" CHECK (status <> 'refused' or reason is not null)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "consent_events" ADD CONSTRAINT "consent_events_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consent_events" ADD CONSTRAINT "consent_events_notice_notices_hash_fk" FOREIGN KEY ("notice") REFERENCES "public"."notices"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identifiers" ADD CONSTRAINT "identifiers_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "consent_events_source" ON "consent_events" USING btree ("contact_id","source_key");--> statement-breakpoint
CREATE INDEX "consent_events_id" ON "consent_events" USING btree ("id");--> statement-breakpoint
CREATE UNIQUE INDEX "identifiers_current" ON "identifiers" USING btree ("value","kind") WHERE valid_to is null;--> statement-breakpoint
CREATE INDEX "identifiers_contact" ON "identifiers" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "sends_contact" ON "sends" USING btree ("contact_id","id");--> statement-breakpoint
CREATE INDEX "sends_on_the_wire" ON "sends" USING btree ("contact_id") WHERE status = 'sending';--> statement-breakpoint
CREATE INDEX "sends_queued" ON "sends" USING btree ("id") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "sends_wamid" ON "sends" USING btree ("wamid") WHERE wamid is not null;