-- What was said so far about the duty of the time to come: who was asked, what the owner knows. JSON of the core.
create table duty_watch (business_id text primary key, version bigint not null, state text not null);
-- How many cards a person got lately: in a storm the next ones come together.
create index notices_lately on notices (business_id, account, peer, expires_at_ms);
