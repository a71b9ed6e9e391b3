-- Who is invited to the console by a link. The link's token is nowhere: only its hash.
create table invitations (
    business_id text not null, id text not null, token_hash text not null unique, role text not null,
    person_id text not null, invited_by text not null, created_at_ms bigint not null, expires_at_ms bigint not null,
    used_at_ms bigint, login text not null default '', primary key (business_id, id)
);
create index invitations_expiry on invitations (expires_at_ms);
