-- How cases ended, with what was known of the lead when a person took the case; and the weights that were fitted to
-- them, by version. A version that is not used is kept for its report. Version 0 is set by hand and has no row.
alter table businesses add column score_version bigint not null default 0;
create table outcomes (
    business_id text not null, case_id text not null, outcome text not null, ended_at_ms bigint not null,
    primary key (business_id, case_id)
);
create index outcomes_time on outcomes (business_id, ended_at_ms);
create table score_refits (
    business_id text not null, version bigint not null, refit text not null, is_used bigint not null,
    made_at_ms bigint not null, primary key (business_id, version)
);
