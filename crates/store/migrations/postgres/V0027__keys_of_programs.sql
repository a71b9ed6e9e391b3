-- Keys by which programs of a business come in: of each only the hash is kept. A revoked one stays for a year, so that
-- the journal can name it.
create table api_keys (
    business_id text not null, id text not null, secret_hash text not null unique, title text not null,
    scopes text not null, person_id text not null, created_at_ms bigint not null, used_at_ms bigint, revoked_at_ms bigint,
    primary key (business_id, id)
);
