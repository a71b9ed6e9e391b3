-- What a booking takes, part by part: a specialist (`anna`) or one of several chairs (`chair#2`). Live parts of one
-- subject never overlap, but for different seats of one lesson; where nobody shares it, the lesson is the booking
-- and the seat 0. Live are parts of bookings that are held, confirmed or arrived.
create table booking_spans (
    business_id text not null, booking_id text not null, place bigint not null, subject text not null,
    lesson text not null, seat bigint not null, starts_at_ms bigint not null, ends_at_ms bigint not null,
    is_live bigint not null check (is_live in (0, 1)),
    primary key (business_id, booking_id, place),
    check (ends_at_ms > starts_at_ms and ends_at_ms - starts_at_ms <= 2678400000),
    constraint booking_spans_overlap exclude using gist
        (business_id with =, subject with =, lesson with <>, int8range(starts_at_ms, ends_at_ms) with &&)
        where (is_live = 1),
    constraint booking_spans_seat exclude using btree
        (business_id with =, subject with =, lesson with =, seat with =, place with =) where (is_live = 1)
);
insert into booking_spans
    select business_id, id, 0, specialist_id, id, 0, starts_at_ms, ends_at_ms,
        (status in ('held', 'confirmed', 'arrived'))::int
    from bookings;
create index booking_spans_time on booking_spans (business_id, starts_at_ms) where is_live = 1;

-- How many parts the writer puts itself; 0 is one part, the specialist from beginning to end, which also serves the
-- previous release while it is still running.
alter table bookings add column spans bigint not null default 0;
alter table bookings drop constraint bookings_business_id_specialist_id_int8range_excl;
drop index bookings_live;

create function book_whole() returns trigger language plpgsql as $$
begin
    insert into booking_spans values (new.business_id, new.id, 0, new.specialist_id, new.id, 0, new.starts_at_ms,
        new.ends_at_ms, (new.status in ('held', 'confirmed', 'arrived'))::int);
    return null;
end $$;
create trigger bookings_whole after insert on bookings for each row when (new.spans = 0)
    execute function book_whole();

create function follow_booking() returns trigger language plpgsql as $$
begin
    update booking_spans set is_live = (new.status in ('held', 'confirmed', 'arrived'))::int
    where business_id = new.business_id and booking_id = new.id;
    return null;
end $$;
create trigger bookings_status after update of status on bookings for each row when (old.status <> new.status)
    execute function follow_booking();
