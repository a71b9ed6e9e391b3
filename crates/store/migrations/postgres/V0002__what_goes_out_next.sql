-- Rows that may be claimed, in the order they go out: leased ones, however many, cost nothing.
create index outbox_free on outbox (destination, priority, id) where status = 0 and lease_until_ms = 0;
