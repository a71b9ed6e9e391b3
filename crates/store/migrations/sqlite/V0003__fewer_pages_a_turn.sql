-- Every index that a turn touches is one more page to flush in each commit. Gone are those that say what
-- another says; those of the outbox hold only rows that wait or that a person must see.

drop index outbox_lane;
create index outbox_lane on outbox (business_id, lane, id) where status = 0;
drop index outbox_status;
create index outbox_dead on outbox (business_id, lane, id) where status = 2;

-- The unique key of an alarm begins with the same columns.
drop index alarms_conversation;

drop index cases_open;
drop index cases_recent;
create index cases_live on cases (business_id, opened_at_ms) where state <> 'closed';

-- By row id, so that bubbles of all conversations lie one behind another as they are said; a bubble is
-- found again by its number, not by the key of its outbox row.
alter table messages rename to messages_before;
create table messages (
    business_id text not null, conversation_id text not null, seq integer not null, at_ms integer not null,
    author text not null check (author in ('client', 'bot', 'person', 'note')), person_id text, text text not null,
    buttons text, vendor_id text, delivery text not null, chips text,
    primary key (business_id, conversation_id, seq)
) strict;
insert into messages (business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips)
    select business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips
    from messages_before order by at_ms;
drop table messages_before;

-- One lead a conversation: it has no other name.
alter table leads rename to leads_before;
create table leads (
    business_id text not null, conversation_id text not null, heat text not null,
    score real not null, reasons text not null, name text not null, phone text not null, services text not null,
    wanted_at text not null, status text not null, source text not null, tags text not null,
    is_after_hours integer not null check (is_after_hours in (0, 1)), crm_refs text,
    created_at_ms integer not null, updated_at_ms integer not null,
    primary key (business_id, conversation_id)
) strict;
insert into leads select business_id, conversation_id, heat, score, reasons, name, phone, services, wanted_at, status,
    source, tags, is_after_hours, crm_refs, created_at_ms, updated_at_ms from leads_before;
drop table leads_before;
create index leads_recent on leads (business_id, updated_at_ms, conversation_id);

delete from sqlite_stat1;
insert into sqlite_stat1 (tbl, idx, stat) values
    ('messages', 'sqlite_autoindex_messages_1', '1000000 1000000 20 1'),
    ('bookings', 'bookings', '100000 100000 1'),
    ('bookings', 'bookings_calendar', '100000 100000 3'),
    ('bookings', 'bookings_conversation', '100000 100000 2');
