-- Browsers in which one of the staff switched pushes on. An id follows from the endpoint; a subscription is a secret.
create table push_devices (
    business_id text not null, id text not null, person_id text not null, subscription text not null, name text not null,
    since_ms bigint not null, seen_ms bigint not null, primary key (business_id, id)
);
create index push_devices_person on push_devices (business_id, person_id, seen_ms);
