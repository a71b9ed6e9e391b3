-- Models of wishes that businesses trained; 0 is the shipped one and has no row. `replaced` was in use before it.
create table wish_models (
    business_id text not null, version integer not null, replaced integer not null, model blob not null,
    created_at_ms integer not null, primary key (business_id, version)
) strict;
alter table businesses add column wish_version integer not null default 0;
