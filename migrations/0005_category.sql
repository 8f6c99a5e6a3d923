CREATE TABLE "template_readings" (
	"business_account_id" text PRIMARY KEY NOT NULL,
	"read_at" timestamp (3) with time zone,
	"templates" integer,
	"failed_at" timestamp (3) with time zone,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "templates" (
	"business_account_id" text NOT NULL,
	"name" text NOT NULL,
	"language" text NOT NULL,
	"template_id" text,
	"category" text NOT NULL,
	"category_at" timestamp (3) with time zone NOT NULL,
	"correct_category" text,
	"correct_at" timestamp (3) with time zone NOT NULL,
	"changes_at" timestamp (3) with time zone,
	"status" text NOT NULL,
	"status_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"gone_at" timestamp (3) with time zone NOT NULL,
	"counts_as" text GENERATED ALWAYS AS (case when gone_at >= seen_at or correct_category = 'marketing' then 'marketing' else category end) STORED NOT NULL,
	CONSTRAINT "templates_business_account_id_name_language_pk" PRIMARY KEY("business_account_id","name","language"),
	CONSTRAINT "templates_category" CHECK (category in ('marketing','utility','authentication')),
	CONSTRAINT "templates_correct_category" CHECK (correct_category in ('marketing','utility','authentication'))
);
