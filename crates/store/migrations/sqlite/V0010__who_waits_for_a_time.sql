-- The waitlist: one entry a conversation. What is waited for lies between the two times; the entry is JSON.
create table waitlist (
    business_id text not null, conversation_id text not null, from_ms integer not null, to_ms integer not null,
    since_ms integer not null, entry text not null, primary key (business_id, conversation_id)
) strict;
create index waitlist_time on waitlist (business_id, to_ms);
