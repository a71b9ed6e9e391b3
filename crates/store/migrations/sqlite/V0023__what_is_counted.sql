-- What became known, a fact a row, never changed: no name, no number, no conversation stands in it. Read by the day.
create table facts (
    id integer primary key autoincrement, business_id text not null, at_ms integer not null, what text not null,
    channel text not null, is_night integer not null check (is_night in (0, 1)), amount integer not null
) strict;
create index facts_time on facts (business_id, at_ms);
-- Days of a business that are over (days since 1970 by its own calendar), with their facts added up; JSON of the core.
create table fact_days (
    business_id text not null, day integer not null, tally text not null, primary key (business_id, day)
) strict, without rowid;
