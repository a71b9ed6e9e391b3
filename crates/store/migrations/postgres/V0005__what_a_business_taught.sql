-- Models of wishes that businesses trained; 0 is the shipped one and has no row. `replaced` was in use before it.
create table wish_models (
    business_id text not null, version bigint not null, replaced bigint not null, model bytea not null,
    created_at_ms bigint not null, primary key (business_id, version)
);
alter table businesses add column wish_version bigint not null default 0;
