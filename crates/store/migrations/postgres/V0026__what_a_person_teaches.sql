-- Messages that a person should look at, and what they said of them. Until then a row only points at the bubbles: what
-- is erased there is gone here. `text` is what is learned from, without names, phones and times; `label` is the wish.
create table lessons (
    id bigint generated always as identity primary key, business_id text not null, conversation_id text not null, first_seq bigint not null,
    seq bigint not null, at_ms bigint not null, context text not null, heard text not null, certainty double precision not null,
    is_missed bigint not null, label text not null default '', text text not null default '',
    labelled_by text not null default '', labelled_at_ms bigint not null default 0,
    unique (business_id, conversation_id, seq)
);
create index lessons_waiting on lessons (business_id, id) where label = '';
create index lessons_told on lessons (business_id, id) where label <> '';
