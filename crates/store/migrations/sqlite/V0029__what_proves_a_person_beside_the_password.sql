-- Who shows a code of the phone beside the password. The code's secret follows from `salt` and the key of the
-- installation: a copy of these rows makes no code. `last_step` is the half minute of the last code that was taken.
create table second_factors (
    business_id text not null, login text not null, salt text not null, last_step integer not null,
    since_ms integer not null, primary key (business_id, login)
) strict;
create table recovery_codes (
    business_id text not null, login text not null, code_hash text not null, used_at_ms integer,
    primary key (business_id, login, code_hash)
) strict;
