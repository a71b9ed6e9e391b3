-- Rows that may be claimed, in the order they go out: leased ones, however many, cost nothing.
create index outbox_free on outbox (destination, priority, id) where status = 0 and lease_until_ms = 0;

-- What the planner shall believe: a business has very many messages and visits, a key, a vendor's id or
-- a conversation few of them. Without figures it reads all of the business to find one.
analyze;
delete from sqlite_stat1;
insert into sqlite_stat1 (tbl, idx, stat) values
    ('messages', 'messages', '1000000 1000000 20 1'),
    ('messages', 'messages_outbox', '500000 500000 1'),
    ('messages', 'messages_vendor', '500000 500000 2'),
    ('bookings', 'bookings', '100000 100000 1'),
    ('bookings', 'bookings_calendar', '100000 100000 3'),
    ('bookings', 'bookings_conversation', '100000 100000 2');
