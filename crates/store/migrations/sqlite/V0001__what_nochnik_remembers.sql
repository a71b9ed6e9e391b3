-- Times are milliseconds since 1970 UTC (_ms), JSON is text, flags are 0 or 1, every key begins with the business.

create table businesses (
    id text primary key, document text not null, version integer not null, busy_version integer not null,
    created_at_ms integer not null, updated_at_ms integer not null
) strict;

create table business_versions (
    business_id text not null, version integer not null, document text not null, created_at_ms integer not null,
    primary key (business_id, version)
) strict;

create table inbox (
    id integer primary key autoincrement, business_id text not null, dedupe_key text not null,
    conversation_id text not null, kind text not null, payload text not null,
    received_at_ms integer not null, due_at_ms integer not null,
    status integer not null default 0 check (status in (0, 1, 2)), attempts integer not null default 0,
    why text not null default '', finished_at_ms integer,
    unique (business_id, dedupe_key)
) strict;
create index inbox_waiting on inbox (business_id, conversation_id, id) where status = 0;
create index inbox_due on inbox (due_at_ms) where status = 0;
create index inbox_done on inbox (finished_at_ms) where status = 1;
create index inbox_parked on inbox (business_id, id) where status = 2;

create table conversations (
    business_id text not null, id text not null, channel text not null, account text not null, peer text not null,
    version integer not null, state text not null, speaker text not null, heat text not null,
    is_after_hours integer not null check (is_after_hours in (0, 1)),
    needs_person integer not null check (needs_person in (0, 1)),
    client_name text not null, last_text_short text not null, search text not null,
    last_at_ms integer not null, created_at_ms integer not null,
    primary key (business_id, id), unique (business_id, channel, account, peer)
) strict;
create index conversations_recent on conversations (business_id, last_at_ms, id);

create table messages (
    business_id text not null, conversation_id text not null, seq integer not null, at_ms integer not null,
    author text not null check (author in ('client', 'bot', 'person', 'note')), person_id text, text text not null,
    buttons text, outbox_key text, vendor_id text, delivery text not null, chips text,
    primary key (business_id, conversation_id, seq)
) strict, without rowid;
create index messages_outbox on messages (business_id, outbox_key) where outbox_key is not null;
create index messages_vendor on messages (business_id, vendor_id) where vendor_id is not null;

create table outbox (
    id integer primary key autoincrement, business_id text not null, key text not null, conversation_id text not null,
    lane text not null, destination text not null, kind text not null, priority integer not null, payload text not null,
    created_at_ms integer not null, due_at_ms integer not null,
    status integer not null default 0 check (status in (0, 1, 2, 3)), attempts integer not null default 0,
    last_outcome text not null default '', unknown_since_ms integer, lease_owner text not null default '',
    lease_until_ms integer not null default 0, receipt text, why text not null default '', finished_at_ms integer,
    unique (business_id, key)
) strict;
create index outbox_due on outbox (due_at_ms) where status = 0;
-- Whole, not partial: SQLite would otherwise look for the head of a lane among all waiting rows of the business.
create index outbox_lane on outbox (business_id, lane, status, id);
create index outbox_leased on outbox (lease_until_ms) where status = 0 and lease_until_ms > 0;
create index outbox_status on outbox (business_id, status, id);
create index outbox_finished on outbox (finished_at_ms) where status in (1, 3);

create table alarms (
    id integer primary key autoincrement, business_id text not null, conversation_id text not null,
    kind text not null, subject text not null, generation integer not null, payload text not null,
    due_at_ms integer not null, status integer not null default 0 check (status in (0, 1)),
    unique (business_id, conversation_id, kind, subject, generation)
) strict;
create index alarms_due on alarms (due_at_ms) where status = 0;
create index alarms_done on alarms (due_at_ms) where status = 1;

create table bookings (
    business_id text not null, id text not null, conversation_id text not null, specialist_id text not null,
    service_id text not null, client_name text not null, starts_at_ms integer not null, ends_at_ms integer not null,
    visit_ends_at_ms integer not null,
    status text not null check (status in ('held', 'confirmed', 'arrived', 'no_show', 'cancelled', 'expired')),
    held_until_ms integer, version integer not null,
    primary key (business_id, id),
    -- A month at most, so that overlaps are found within a bounded range of the index.
    check (ends_at_ms > starts_at_ms and ends_at_ms - starts_at_ms <= 2678400000)
) strict;
create index bookings_live on bookings (business_id, specialist_id, starts_at_ms)
    where status in ('held', 'confirmed', 'arrived');
create index bookings_calendar on bookings (business_id, starts_at_ms);
create index bookings_conversation on bookings (business_id, conversation_id);
create index bookings_held on bookings (held_until_ms) where status = 'held';

create trigger bookings_insert before insert on bookings
when new.status in ('held', 'confirmed', 'arrived') and exists (
    select 1 from bookings where business_id = new.business_id and specialist_id = new.specialist_id
    and status in ('held', 'confirmed', 'arrived')
    and starts_at_ms < new.ends_at_ms and starts_at_ms > new.starts_at_ms - 2678400000 and ends_at_ms > new.starts_at_ms
) begin
    select raise(abort, 'taken');
end;
create trigger bookings_update before update on bookings
when new.status in ('held', 'confirmed', 'arrived') and exists (
    select 1 from bookings where business_id = new.business_id and specialist_id = new.specialist_id
    and status in ('held', 'confirmed', 'arrived') and id <> new.id
    and starts_at_ms < new.ends_at_ms and starts_at_ms > new.starts_at_ms - 2678400000 and ends_at_ms > new.starts_at_ms
) begin
    select raise(abort, 'taken');
end;

create table leads (
    business_id text not null, id text not null, conversation_id text not null, heat text not null,
    score real not null, reasons text not null, name text not null, phone text not null, services text not null,
    wanted_at text not null, status text not null, source text not null, tags text not null,
    is_after_hours integer not null check (is_after_hours in (0, 1)), crm_refs text,
    created_at_ms integer not null, updated_at_ms integer not null,
    primary key (business_id, id), unique (business_id, conversation_id)
) strict;
create index leads_recent on leads (business_id, updated_at_ms, id);

create table cases (
    business_id text not null, id text not null, conversation_id text not null,
    state text not null check (state in ('open', 'taken', 'morning', 'closed')), level integer not null,
    policy text not null, taken_by text, opened_at_ms integer not null, next_at_ms integer, closed_at_ms integer,
    why text not null, primary key (business_id, id)
) strict;
create index cases_open on cases (business_id, opened_at_ms) where state = 'open';
create index cases_recent on cases (business_id, opened_at_ms);
create index alarms_conversation on alarms (business_id, conversation_id, kind) where status = 0;

create table notices (
    token text primary key, business_id text not null, case_id text not null, conversation_id text not null,
    person_id text not null, channel text not null, account text not null, peer text not null,
    vendor_message_id text, level integer not null, expires_at_ms integer not null, used_at_ms integer
) strict;
create index notices_case on notices (business_id, case_id);
create index notices_message on notices (business_id, channel, account, peer, vendor_message_id)
    where vendor_message_id is not null;

create table users (
    business_id text not null, login text not null, password_hash text not null, role text not null,
    person_id text not null, created_at_ms integer not null, is_active integer not null check (is_active in (0, 1)),
    primary key (business_id, login)
) strict;

create table sessions (
    id_hash text primary key, business_id text not null, login text not null, data text not null,
    created_at_ms integer not null, expires_at_ms integer not null
) strict;
create index sessions_expiry on sessions (expires_at_ms);
create index sessions_login on sessions (business_id, login);

create table codes (
    business_id text not null, purpose text not null, subject text not null, code_hash text not null,
    expires_at_ms integer not null, used_at_ms integer,
    primary key (business_id, purpose, subject)
) strict;
create index codes_expiry on codes (expires_at_ms);

create table attempts (
    business_id text not null, subject text not null, count integer not null, since_ms integer not null,
    primary key (business_id, subject)
) strict;
create index attempts_since on attempts (since_ms);

create table bindings (
    business_id text not null, channel text not null, account text not null, peer text not null,
    person_id text not null, created_at_ms integer not null,
    primary key (business_id, channel, account, peer)
) strict;
create index bindings_person on bindings (business_id, person_id);

create table journal (
    id integer primary key autoincrement, business_id text not null, at_ms integer not null, actor text not null,
    action text not null, subject text not null, details text not null
) strict;
create index journal_business on journal (business_id, id);
create trigger journal_update before update on journal begin
    select raise(abort, 'append only');
end;

create table settings (name text primary key, value blob not null) strict;

create table nodes (id text primary key, heartbeat_ms integer not null) strict;
