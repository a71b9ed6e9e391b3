-- What differs from the shifts of a business's document for once: who stands in for whom, who is away, who asked whom
-- to swap. An id is the duty version that made the row; an empty `instead_of` is somebody who comes besides.
alter table businesses add column duty_version bigint not null default 0;
create table duty_overrides (
    business_id text not null, id bigint not null, person_id text not null, instead_of text not null,
    from_ms bigint not null, to_ms bigint not null, primary key (business_id, id)
);
create index duty_overrides_time on duty_overrides (business_id, to_ms);
create table duty_absences (
    business_id text not null, id bigint not null, person_id text not null,
    from_ms bigint not null, to_ms bigint not null, primary key (business_id, id)
);
create index duty_absences_time on duty_absences (business_id, to_ms);
create table duty_swaps (
    business_id text not null, id bigint not null, asker_id text not null, other_id text not null,
    gives_from_ms bigint not null, gives_to_ms bigint not null, takes_from_ms bigint, takes_to_ms bigint,
    state text not null, primary key (business_id, id)
);
create index duty_swaps_time on duty_swaps (business_id, gives_to_ms);
