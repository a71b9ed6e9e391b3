-- Questions to a language model and their tokens, by UTC day (days since 1970).
create table spending (
    business_id text not null, day bigint not null, questions bigint not null, tokens bigint not null,
    primary key (business_id, day)
);
