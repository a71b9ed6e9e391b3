-- What the lists of conversations choose by lies in the index itself: beside the state of a conversation, which
-- is kilobytes, every row costs a page of its own, and a search that finds nothing looks at all of them.
drop index conversations_recent;
create index conversations_recent on conversations
    (business_id, last_at_ms, id, heat, speaker, needs_person, channel, created_at_ms, search);
