-- What was told is kept for a time; what was taken away is proved by how much it was.
create table erasures (
    business_id text not null, day bigint not null, conversations bigint not null, messages bigint not null,
    leads bigint not null, visits bigint not null, cases bigint not null,
    primary key (business_id, day)
);
create index cases_conversation on cases (business_id, conversation_id);
