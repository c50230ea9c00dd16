BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE case_revision (
	tenant VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	revision VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	size BIGINT NOT NULL, 
	body JSON NOT NULL, 
	CONSTRAINT pk_case_revision PRIMARY KEY (tenant, name, number), 
	CONSTRAINT fk_case_revision_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "case_revision" VALUES('06h1rsm0dkhef9t2ce2a78t9o0','magnets',1,'sha256:9198603b4f3343450d12acac3a23bb5dca0658d630f8c18132426a659e2143ca',1.79579877800998973847e+09,41,'{"settings": {"name": "magnets"}, "rows": {}}');
CREATE TABLE compiled (
	tenant VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	used DOUBLE NOT NULL, 
	size BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_compiled PRIMARY KEY (tenant, digest, version, name), 
	CONSTRAINT fk_compiled_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
CREATE TABLE delivery (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	webhook VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	body JSON NOT NULL, 
	created DOUBLE NOT NULL, 
	due DOUBLE, 
	attempts INTEGER NOT NULL, 
	token VARCHAR, 
	ended DOUBLE, 
	error VARCHAR, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_tenant_webhook FOREIGN KEY(tenant, webhook) REFERENCES webhook (tenant, name) ON DELETE CASCADE, 
	CONSTRAINT fk_delivery_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "delivery" VALUES('06h1rsm1fee0dpcrckpek7h9qc','06h1rsm0dkhef9t2ce2a78t9o0','tool','job.succeeded','{"id": "06h1rsm1fee0dpcrckpek7h9qc", "kind": "job.succeeded", "job": "06h1rsm0to21gmqd3o35fueflg", "state": "succeeded", "created": "2026-11-27T16:59:38.106Z", "ended": "2026-11-27T16:59:38.226Z", "not_certified": 0, "interrupted": true}',1.79579877823601961137e+09,1.79579877823601961137e+09,0,NULL,NULL,NULL);
CREATE TABLE event (
	job VARCHAR NOT NULL, 
	number BIGINT NOT NULL, 
	at DOUBLE NOT NULL, 
	kind VARCHAR NOT NULL, 
	body JSON NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (job, number), 
	CONSTRAINT fk_event_job FOREIGN KEY(job) REFERENCES job (id) ON DELETE CASCADE
);
INSERT INTO "event" VALUES('06h1rsm0to21gmqd3o35fueflg',1,1.79579877810799789432e+09,'queued','{}');
INSERT INTO "event" VALUES('06h1rsm0to21gmqd3o35fueflg',2,1.79579877816400241847e+09,'started','{"attempt": 1}');
INSERT INTO "event" VALUES('06h1rsm0to21gmqd3o35fueflg',3,1.79579877820701146132e+09,'progress','{"stage": "scenarios", "done": 1, "total": 2, "scenario": "mine", "answer": "react", "not_certified": 0}');
INSERT INTO "event" VALUES('06h1rsm0to21gmqd3o35fueflg',4,1.79579877822600150107e+09,'succeeded','{"not_certified": 0, "interrupted": true, "problem": null}');
INSERT INTO "event" VALUES('06h1rsm1h8t8h3rle9dpsm1fl8',1,1.79579877825299787522e+09,'queued','{}');
INSERT INTO "event" VALUES('06h1rsm1jqqgt6dp5aj2gopnco',1,1.79579877827299380305e+09,'queued','{}');
INSERT INTO "event" VALUES('06h1rsm1h8t8h3rle9dpsm1fl8',2,1.79579877828900671002e+09,'started','{"attempt": 1}');
CREATE TABLE idempotency (
	tenant VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	job VARCHAR, 
	token VARCHAR, 
	until DOUBLE NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (tenant, "key"), 
	CONSTRAINT fk_idempotency_job FOREIGN KEY(job) REFERENCES job (id) ON DELETE CASCADE, 
	CONSTRAINT fk_idempotency_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "idempotency" VALUES('06h1rsm0dkhef9t2ce2a78t9o0','k','d','06h1rsm0to21gmqd3o35fueflg','3a619d9298dac52bb8f3cf02345f94f3',1.79588517810900354381e+09);
CREATE TABLE job (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	priority INTEGER NOT NULL, 
	"case" JSON NOT NULL, 
	created DOUBLE NOT NULL, 
	started DOUBLE, 
	ended DOUBLE, 
	attempts INTEGER NOT NULL, 
	stage VARCHAR NOT NULL, 
	done BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	scenario VARCHAR, 
	answer VARCHAR, 
	not_certified BIGINT NOT NULL, 
	interrupted BOOLEAN NOT NULL, 
	problem JSON, 
	cancel BOOLEAN NOT NULL, 
	token VARCHAR, 
	worker VARCHAR, 
	lease_until DOUBLE, 
	cores INTEGER NOT NULL, 
	charged_until DOUBLE, 
	events BIGINT NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT fk_job_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "job" VALUES('06h1rsm0to21gmqd3o35fueflg','06h1rsm0dkhef9t2ce2a78t9o0','plan','succeeded',0,'{"ref": "magnets"}',1.79579877810699200637e+09,1.79579877816400241847e+09,1.79579877822600150107e+09,1,'scenarios',1,2,'mine','react',0,1,NULL,0,'e8e73894e233f5d3d6a2d0c318c8b586','w',NULL,1,NULL,4);
INSERT INTO "job" VALUES('06h1rsm1h8t8h3rle9dpsm1fl8','06h1rsm0dkhef9t2ce2a78t9o0','why','running',0,'{"ref": "magnets"}',1.79579877825299787522e+09,1.79579877828900671002e+09,NULL,1,'',0,0,NULL,NULL,0,0,NULL,0,'615e4ec823a9fd6174aadea7b544d3dd','w',1.79579880828900671002e+09,1,1.79579877828900671002e+09,2);
INSERT INTO "job" VALUES('06h1rsm1jqqgt6dp5aj2gopnco','06h1rsm0dkhef9t2ce2a78t9o0','plan','queued',0,'{"ref": "magnets"}',1.79579877827299380305e+09,NULL,NULL,0,'',0,0,NULL,NULL,0,0,NULL,0,NULL,NULL,NULL,1,NULL,1);
CREATE TABLE kept_answer (
	job VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_kept_answer PRIMARY KEY (job, name), 
	CONSTRAINT fk_kept_answer_job FOREIGN KEY(job) REFERENCES job (id) ON DELETE CASCADE, 
	CONSTRAINT fk_kept_answer_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "kept_answer" VALUES('06h1rsm0to21gmqd3o35fueflg','mine.react','06h1rsm0dkhef9t2ce2a78t9o0',7,X'00616E73776572');
CREATE TABLE "key" (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	scopes JSON NOT NULL, 
	label VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	revoked DOUBLE, 
	CONSTRAINT pk_key PRIMARY KEY (id), 
	CONSTRAINT fk_key_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE, 
	CONSTRAINT uq_key_digest UNIQUE (digest)
);
INSERT INTO "key" VALUES('06h1rsm0fdlmgnki0o4e8gaemo','06h1rsm0dkhef9t2ce2a78t9o0','222e444fdf65624b26df33e07efc661c8d7f927087937fb4540d0c7ed57a9920','["read", "plan"]','laptop',1.79579877798098182673e+09,NULL);
CREATE TABLE part (
	job VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	digest VARCHAR NOT NULL, 
	place VARCHAR, 
	body BLOB, 
	CONSTRAINT pk_part PRIMARY KEY (job, name), 
	CONSTRAINT fk_part_job FOREIGN KEY(job) REFERENCES job (id) ON DELETE CASCADE, 
	CONSTRAINT fk_part_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "part" VALUES('06h1rsm0to21gmqd3o35fueflg','plan.zip','06h1rsm0dkhef9t2ce2a78t9o0','application/zip',22,'sha256:8739c76e681f900923b900c9df0ef75cf421d39cabb54650c4b9ad19b6a76d85',NULL,X'504B0506000000000000000000000000000000000000');
CREATE TABLE request (
	job VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	body JSON NOT NULL, 
	CONSTRAINT pk_request PRIMARY KEY (job), 
	CONSTRAINT fk_request_job FOREIGN KEY(job) REFERENCES job (id) ON DELETE CASCADE, 
	CONSTRAINT fk_request_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "request" VALUES('06h1rsm0to21gmqd3o35fueflg','06h1rsm0dkhef9t2ce2a78t9o0',15,'{"kind": "plan"}');
INSERT INTO "request" VALUES('06h1rsm1h8t8h3rle9dpsm1fl8','06h1rsm0dkhef9t2ce2a78t9o0',14,'{"kind": "why"}');
INSERT INTO "request" VALUES('06h1rsm1jqqgt6dp5aj2gopnco','06h1rsm0dkhef9t2ce2a78t9o0',15,'{"kind": "plan"}');
CREATE TABLE scenario (
	tenant VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	revision VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	size BIGINT NOT NULL, 
	body JSON NOT NULL, 
	CONSTRAINT pk_scenario PRIMARY KEY (tenant, name), 
	CONSTRAINT fk_scenario_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "scenario" VALUES('06h1rsm0dkhef9t2ce2a78t9o0','mine','sha256:e2993446115627e0268ecf7b3ed68c3f6dfd168a93fad4a680290967888735d7',1.79579877805199337008e+09,15,'{"name": "mine"}');
CREATE TABLE tenant (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	queued BIGINT NOT NULL, 
	running BIGINT NOT NULL, 
	core_seconds_per_day DOUBLE NOT NULL, 
	bytes_kept BIGINT NOT NULL, 
	CONSTRAINT pk_tenant PRIMARY KEY (id), 
	CONSTRAINT uq_tenant_name UNIQUE (name)
);
INSERT INTO "tenant" VALUES('06h1rsm0dkhef9t2ce2a78t9o0','buyer',1.7957987779710040092e+09,1000,16,864000.0,21474836480);
CREATE TABLE usage (
	tenant VARCHAR NOT NULL, 
	day INTEGER NOT NULL, 
	core_seconds DOUBLE NOT NULL, 
	CONSTRAINT pk_usage PRIMARY KEY (tenant, day), 
	CONSTRAINT fk_usage_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "usage" VALUES('06h1rsm0dkhef9t2ce2a78t9o0',20784,5.9987545013427734375e-02);
CREATE TABLE webhook (
	tenant VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	kinds JSON NOT NULL, 
	secret VARCHAR NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT pk_webhook PRIMARY KEY (tenant, name), 
	CONSTRAINT fk_webhook_tenant FOREIGN KEY(tenant) REFERENCES tenant (id) ON DELETE CASCADE
);
INSERT INTO "webhook" VALUES('06h1rsm0dkhef9t2ce2a78t9o0','tool','https://example.org/told','[]','bh6vB_Puj4eJVTCoLYWqUfTCSZ52uW8O6B7Kq5zMg78',1.79579877806700015071e+09);
CREATE INDEX ix_case_revision_tenant_name_revision ON case_revision (tenant, name, revision);
CREATE INDEX ix_job_state_ended ON job (state, ended);
CREATE INDEX ix_job_state_lease_until ON job (state, lease_until);
CREATE INDEX ix_job_tenant_state ON job (tenant, state);
CREATE INDEX ix_key_tenant ON "key" (tenant);
CREATE INDEX ix_delivery_due ON delivery (due);
CREATE INDEX ix_delivery_tenant_webhook ON delivery (tenant, webhook);
CREATE INDEX ix_idempotency_job ON idempotency (job);
CREATE INDEX ix_kept_answer_tenant ON kept_answer (tenant);
CREATE INDEX ix_part_tenant ON part (tenant);
CREATE INDEX ix_request_tenant ON request (tenant);
COMMIT;
