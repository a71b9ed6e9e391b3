-- What a booking takes, part by part: a specialist (`anna`) or one of several chairs (`chair#2`). Live parts of one
-- subject never overlap, but for different seats of one lesson; where nobody shares it, the lesson is the booking
-- and the seat 0. Live are parts of bookings that are held, confirmed or arrived.
create table booking_spans (
    business_id text not null, booking_id text not null, place integer not null, subject text not null,
    lesson text not null, seat integer not null, starts_at_ms integer not null, ends_at_ms integer not null,
    is_live integer not null check (is_live in (0, 1)),
    primary key (business_id, booking_id, place),
    -- A month at most, so that overlaps are found within a bounded range of the index.
    check (ends_at_ms > starts_at_ms and ends_at_ms - starts_at_ms <= 2678400000)
) strict, without rowid;
insert into booking_spans
    select business_id, id, 0, specialist_id, id, 0, starts_at_ms, ends_at_ms, status in ('held', 'confirmed', 'arrived')
    from bookings;
create index booking_spans_live on booking_spans (business_id, subject, starts_at_ms) where is_live = 1;
create index booking_spans_time on booking_spans (business_id, starts_at_ms) where is_live = 1;

create trigger booking_spans_insert before insert on booking_spans
when new.is_live = 1 and exists (
    select 1 from booking_spans where business_id = new.business_id and subject = new.subject and is_live = 1
    and starts_at_ms < new.ends_at_ms and starts_at_ms > new.starts_at_ms - 2678400000 and ends_at_ms > new.starts_at_ms
    and (lesson <> new.lesson or (seat = new.seat and place = new.place))
) begin
    select raise(abort, 'taken');
end;
create trigger booking_spans_update before update on booking_spans
when new.is_live = 1 and exists (
    select 1 from booking_spans where business_id = new.business_id and subject = new.subject and is_live = 1
    and starts_at_ms < new.ends_at_ms and starts_at_ms > new.starts_at_ms - 2678400000 and ends_at_ms > new.starts_at_ms
    and (lesson <> new.lesson or (seat = new.seat and place = new.place)) and booking_id <> new.booking_id
) begin
    select raise(abort, 'taken');
end;

-- How many parts the writer puts itself; 0 is one part, the specialist from beginning to end, which also serves the
-- previous release while it is still running.
alter table bookings add column spans integer not null default 0;
drop trigger bookings_insert;
drop trigger bookings_update;
drop index bookings_live;

create trigger bookings_whole after insert on bookings when new.spans = 0 begin
    insert into booking_spans values (new.business_id, new.id, 0, new.specialist_id, new.id, 0, new.starts_at_ms,
        new.ends_at_ms, new.status in ('held', 'confirmed', 'arrived'));
end;
create trigger bookings_status after update of status on bookings when old.status <> new.status begin
    update booking_spans set is_live = new.status in ('held', 'confirmed', 'arrived')
    where business_id = new.business_id and booking_id = new.id;
end;
