-- The answer to a reminder (asked, coming, silent), the share that gets none, the rating.
alter table bookings add column answer text;
alter table bookings add column is_unreminded integer not null default 0;
alter table bookings add column rating integer;
