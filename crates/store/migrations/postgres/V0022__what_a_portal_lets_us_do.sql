-- An access that an owner let us have to a portal: one for a business and a CRM. The version grows with every change;
-- the lease is of whoever has it renewed. What is lost is told to the owners once.
create table grants (
    business_id text not null, crm text not null, client_id text not null, member_id text not null,
    endpoint text not null, access text not null, refresh text not null, expires_at_ms bigint not null,
    application_token text, version bigint not null, lease_owner text not null, lease_until_ms bigint not null,
    lost_at_ms bigint, told_at_ms bigint,
    primary key (business_id, crm)
);
-- A link by which an owner is letting us in: works once and soon, from the browser that asked for it.
create table grant_links (
    business_id text not null, crm text not null, state_hash text not null, browser_hash text not null,
    until_ms bigint not null,
    primary key (business_id, state_hash)
);
