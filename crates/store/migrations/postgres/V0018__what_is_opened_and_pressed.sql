-- Addresses that went out under a short name of ours. Who opened one is written nowhere.
create table links (
    code text not null primary key, business_id text not null, target text not null, created_at_ms bigint not null
);
create index links_business on links (business_id, created_at_ms);
-- What was shown and what was taken of it, a day and a kind: `link:CODE` or `button:KIND`.
create table clicks (
    business_id text not null, day bigint not null, what text not null, shown bigint not null, taken bigint not null,
    primary key (business_id, day, what)
);
