-- The bell by which a calendar tells that something has changed; it ends by itself.
create table calendar_bells (
    business_id text not null, calendar text not null, bell_id text not null, resource text not null,
    whose text not null, url text not null, ends_at_ms integer not null,
    primary key (business_id, calendar)
) strict, without rowid;
