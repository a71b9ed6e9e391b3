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

-- A bubble is found again by its number, not by the key of its outbox row.
drop index messages_outbox;
drop index messages_vendor;
alter table messages drop column outbox_key;

-- One lead a conversation: it has no other name.
drop index leads_recent;
alter table leads drop constraint leads_pkey, drop constraint leads_business_id_conversation_id_key, drop column id;
alter table leads add primary key (business_id, conversation_id);
create index leads_recent on leads (business_id, updated_at_ms, conversation_id);
