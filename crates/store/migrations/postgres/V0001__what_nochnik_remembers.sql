-- Times are milliseconds since 1970 UTC (_ms), JSON is text, flags are 0 or 1, every key begins with the business.

-- Equality inside an exclusion constraint; a trusted extension, the owner of the database may create it.
create extension if not exists btree_gist;

create table businesses (
    id text primary key, document text not null, version bigint not null, busy_version bigint not null,
    created_at_ms bigint not null, updated_at_ms bigint not null
);

create table business_versions (
    business_id text not null, version bigint not null, document text not null, created_at_ms bigint not null,
    primary key (business_id, version)
);

create table inbox (
    business_id text not null, id bigint generated always as identity, dedupe_key text not null,
    conversation_id text not null, kind text not null, payload text not null,
    received_at_ms bigint not null, due_at_ms bigint not null,
    status bigint not null default 0 check (status in (0, 1, 2)), attempts bigint not null default 0,
    why text not null default '', finished_at_ms bigint,
    primary key (business_id, id), unique (business_id, dedupe_key)
);
create index inbox_waiting on inbox (business_id, conversation_id, id) where status = 0;
create index inbox_due on inbox (due_at_ms) where status = 0;
create index inbox_done on inbox (finished_at_ms) where status = 1;
create index inbox_parked on inbox (business_id, id) where status = 2;

create table conversations (
    business_id text not null, id text not null, channel text not null, account text not null, peer text not null,
    version bigint not null, state text not null, speaker text not null, heat text not null,
    is_after_hours bigint not null check (is_after_hours in (0, 1)),
    needs_person bigint not null check (needs_person in (0, 1)),
    client_name text not null, last_text_short text not null, search text not null,
    last_at_ms bigint not null, created_at_ms bigint not null,
    primary key (business_id, id), unique (business_id, channel, account, peer)
);
create index conversations_recent on conversations (business_id, last_at_ms, id);

create table messages (
    business_id text not null, conversation_id text not null, seq bigint not null, at_ms bigint not null,
    author text not null check (author in ('client', 'bot', 'person', 'note')), person_id text, text text not null,
    buttons text, outbox_key text, vendor_id text, delivery text not null, chips text,
    primary key (business_id, conversation_id, seq)
);
create index messages_outbox on messages (business_id, outbox_key) where outbox_key is not null;
create index messages_vendor on messages (business_id, vendor_id) where vendor_id is not null;

create table outbox (
    business_id text not null, id bigint generated always as identity, key text not null, conversation_id text not null,
    lane text not null, destination text not null, kind text not null, priority bigint not null, payload text not null,
    created_at_ms bigint not null, due_at_ms bigint not null,
    status bigint not null default 0 check (status in (0, 1, 2, 3)), attempts bigint not null default 0,
    last_outcome text not null default '', unknown_since_ms bigint, lease_owner text not null default '',
    lease_until_ms bigint not null default 0, receipt text, why text not null default '', finished_at_ms bigint,
    primary key (business_id, id), unique (business_id, key)
);
create index outbox_due on outbox (due_at_ms) where status = 0;
-- Whole, not partial: SQLite would otherwise look for the head of a lane among all waiting rows of the business.
create index outbox_lane on outbox (business_id, lane, status, id);
create index outbox_leased on outbox (lease_until_ms) where status = 0 and lease_until_ms > 0;
create index outbox_status on outbox (business_id, status, id);
create index outbox_finished on outbox (finished_at_ms) where status in (1, 3);

create table alarms (
    business_id text not null, id bigint generated always as identity, conversation_id text not null,
    kind text not null, subject text not null, generation bigint not null, payload text not null,
    due_at_ms bigint not null, status bigint not null default 0 check (status in (0, 1)),
    primary key (business_id, id), unique (business_id, conversation_id, kind, subject, generation)
);
create index alarms_due on alarms (due_at_ms) where status = 0;
create index alarms_done on alarms (due_at_ms) where status = 1;

create table bookings (
    business_id text not null, id text not null, conversation_id text not null, specialist_id text not null,
    service_id text not null, client_name text not null, starts_at_ms bigint not null, ends_at_ms bigint not null,
    visit_ends_at_ms bigint not null,
    status text not null check (status in ('held', 'confirmed', 'arrived', 'no_show', 'cancelled', 'expired')),
    held_until_ms bigint, version bigint not null,
    primary key (business_id, id),
    check (ends_at_ms > starts_at_ms and ends_at_ms - starts_at_ms <= 2678400000),
    exclude using gist (business_id with =, specialist_id with =, int8range(starts_at_ms, ends_at_ms) with &&)
        where (status in ('held', 'confirmed', 'arrived'))
);
create index bookings_live on bookings (business_id, specialist_id, starts_at_ms)
    where status in ('held', 'confirmed', 'arrived');
create index bookings_calendar on bookings (business_id, starts_at_ms);
create index bookings_conversation on bookings (business_id, conversation_id);
create index bookings_held on bookings (held_until_ms) where status = 'held';

create table leads (
    business_id text not null, id text not null, conversation_id text not null, heat text not null,
    score double precision not null, reasons text not null, name text not null, phone text not null, services text not null,
    wanted_at text not null, status text not null, source text not null, tags text not null,
    is_after_hours bigint not null check (is_after_hours in (0, 1)), crm_refs text,
    created_at_ms bigint not null, updated_at_ms bigint not null,
    primary key (business_id, id), unique (business_id, conversation_id)
);
create index leads_recent on leads (business_id, updated_at_ms, id);

create table cases (
    business_id text not null, id text not null, conversation_id text not null,
    state text not null check (state in ('open', 'taken', 'morning', 'closed')), level bigint not null,
    policy text not null, taken_by text, opened_at_ms bigint not null, next_at_ms bigint, closed_at_ms bigint,
    why text not null, primary key (business_id, id)
);
create index cases_open on cases (business_id, opened_at_ms) where state = 'open';
create index cases_recent on cases (business_id, opened_at_ms);
create index alarms_conversation on alarms (business_id, conversation_id, kind) where status = 0;

create table notices (
    token text primary key, business_id text not null, case_id text not null, conversation_id text not null,
    person_id text not null, channel text not null, account text not null, peer text not null,
    vendor_message_id text, level bigint not null, expires_at_ms bigint not null, used_at_ms bigint
);
create index notices_case on notices (business_id, case_id);
create index notices_message on notices (business_id, channel, account, peer, vendor_message_id)
    where vendor_message_id is not null;

create table users (
    business_id text not null, login text not null, password_hash text not null, role text not null,
    person_id text not null, created_at_ms bigint not null, is_active bigint not null check (is_active in (0, 1)),
    primary key (business_id, login)
);

create table sessions (
    id_hash text primary key, business_id text not null, login text not null, data text not null,
    created_at_ms bigint not null, expires_at_ms bigint not null
);
create index sessions_expiry on sessions (expires_at_ms);
create index sessions_login on sessions (business_id, login);

create table codes (
    business_id text not null, purpose text not null, subject text not null, code_hash text not null,
    expires_at_ms bigint not null, used_at_ms bigint,
    primary key (business_id, purpose, subject)
);
create index codes_expiry on codes (expires_at_ms);

create table attempts (
    business_id text not null, subject text not null, count bigint not null, since_ms bigint not null,
    primary key (business_id, subject)
);
create index attempts_since on attempts (since_ms);

create table bindings (
    business_id text not null, channel text not null, account text not null, peer text not null,
    person_id text not null, created_at_ms bigint not null,
    primary key (business_id, channel, account, peer)
);
create index bindings_person on bindings (business_id, person_id);

create table journal (
    business_id text not null, id bigint generated always as identity, at_ms bigint not null, actor text not null,
    action text not null, subject text not null, details text not null,
    primary key (business_id, id)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append only';
end
$$;
create trigger journal_update before update on journal for each row execute function refuse_change();

create table settings (name text primary key, value bytea not null);

create table nodes (id text primary key, heartbeat_ms bigint not null);
