CREATE TABLE "halts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"key" text NOT NULL,
	"code" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"until" timestamp (3) with time zone,
	"probed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "halts_scope" CHECK (scope in ('account', 'number', 'country', 'template', 'contact'))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"holder" uuid NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	"send_id" uuid NOT NULL,
	"answer" "bytea",
	"open" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "early_statuses" ADD COLUMN "callback_data" text;--> statement-breakpoint
ALTER TABLE "early_statuses" ADD COLUMN "phone_number_id" text;--> statement-breakpoint
ALTER TABLE "early_statuses" ADD COLUMN "people" "bytea"[];--> statement-breakpoint
CREATE UNIQUE INDEX "halts_what" ON "halts" USING btree ("scope","key","code");--> statement-breakpoint
CREATE INDEX "idempotency_keys_expired" ON "idempotency_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "early_statuses_callback" ON "early_statuses" USING btree ("callback_data") WHERE callback_data is not null;--> statement-breakpoint
CREATE INDEX "sends_unknown" ON "sends" USING btree ("person") WHERE status in ('sending', 'uncertain') and callback_data <> id::text;--> statement-breakpoint
CREATE INDEX "sends_uncertain" ON "sends" USING btree ("id") WHERE status = 'uncertain' and wamid is null;