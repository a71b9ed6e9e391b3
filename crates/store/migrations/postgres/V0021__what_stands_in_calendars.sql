-- How far each calendar outside has been read.
create table calendars (
    business_id text not null, calendar text not null, cursor text, whole_at_ms bigint not null,
    primary key (business_id, calendar)
);
-- Events as they stood there last. A visit of ours names its booking, and where both sides agreed that it stands.
create table calendar_events (
    business_id text not null, calendar text not null, event_id text not null, version text not null,
    booking_id text, specialist_id text not null, starts_at_ms bigint not null, ends_at_ms bigint not null,
    primary key (business_id, calendar, event_id)
);
create unique index calendar_events_booking on calendar_events (business_id, calendar, booking_id)
    where booking_id is not null;
-- Time that other events take. No specialist: of whomever the calendar is.
create table calendar_times (
    business_id text not null, calendar text not null, event_id text not null, place bigint not null,
    specialist_id text not null, starts_at_ms bigint not null, ends_at_ms bigint not null,
    primary key (business_id, calendar, event_id, place)
);
create index calendar_times_end on calendar_times (business_id, ends_at_ms);
