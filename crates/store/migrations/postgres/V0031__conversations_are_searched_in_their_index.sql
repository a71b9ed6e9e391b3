-- What the lists of conversations choose by lies in the index itself. Not the words that are searched for: an
-- entry of an index is bounded here, and a long state lies outside its row anyway.
drop index conversations_recent;
create index conversations_recent on conversations (business_id, last_at_ms, id)
    include (heat, speaker, needs_person, channel, created_at_ms);
