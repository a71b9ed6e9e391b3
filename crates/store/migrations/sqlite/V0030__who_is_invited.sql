-- Who is invited to the console by a link. The link's token is nowhere: only its hash.
create table invitations (
    business_id text not null, id text not null, token_hash text not null unique, role text not null,
    person_id text not null, invited_by text not null, created_at_ms integer not null, expires_at_ms integer not null,
    used_at_ms integer, login text not null default '', primary key (business_id, id)
) strict;
create index invitations_expiry on invitations (expires_at_ms);
