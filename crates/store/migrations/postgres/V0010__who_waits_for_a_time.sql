-- The waitlist: one entry a conversation. What is waited for lies between the two times; the entry is JSON.
create table waitlist (
    business_id text not null, conversation_id text not null, from_ms bigint not null, to_ms bigint not null,
    since_ms bigint not null, entry text not null, primary key (business_id, conversation_id)
);
create index waitlist_time on waitlist (business_id, to_ms);
