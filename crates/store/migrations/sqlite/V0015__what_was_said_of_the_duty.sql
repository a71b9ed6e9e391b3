-- What was said so far about the duty of the time to come: who was asked, what the owner knows. JSON of the core.
create table duty_watch (business_id text primary key, version integer not null, state text not null) strict, without rowid;
