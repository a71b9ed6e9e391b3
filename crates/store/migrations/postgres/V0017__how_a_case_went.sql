-- Every step of a case in order: who was called by which means, when it was due, when it was decided, when a vendor had
-- it. `token` is the notice's; a step that called nobody (opened, taken, closed…) has none.
create table case_steps (
    business_id text not null, case_id text not null, seq bigint not null, due_at_ms bigint not null, at_ms bigint not null,
    what text not null, person_id text not null, means text not null, level bigint not null, token text not null,
    detail text not null, sent_at_ms bigint, primary key (business_id, case_id, seq)
);
create index case_steps_token on case_steps (token);
create index cases_opened on cases (business_id, opened_at_ms);
