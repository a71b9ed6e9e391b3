-- Who of the staff opened what of a client: once for a person, a record and an hour, so that the log stays bounded.
create table record_views (
    id bigint generated always as identity primary key, business_id text not null, login text not null,
    what text not null, record text not null, hour_ms bigint not null, at_ms bigint not null,
    unique (business_id, login, what, record, hour_ms)
);
create index record_views_business on record_views (business_id, id);
create index record_views_age on record_views (at_ms);
