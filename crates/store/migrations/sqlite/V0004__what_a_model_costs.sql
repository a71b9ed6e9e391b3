-- Questions to a language model and their tokens, by UTC day (days since 1970).
create table spending (
    business_id text not null, day integer not null, questions integer not null, tokens integer not null,
    primary key (business_id, day)
) strict, without rowid;
