-- What was told is kept for a time; what was taken away is proved by how much it was.
create table erasures (
    business_id text not null, day integer not null, conversations integer not null, messages integer not null,
    leads integer not null, visits integer not null, cases integer not null,
    primary key (business_id, day)
) strict, without rowid;
create index cases_conversation on cases (business_id, conversation_id);
