-- A conversation may bring several requests one after another; each has a card of its own in the CRM.
alter table leads add column request_no integer not null default 0;
-- How people ended it in the CRM: won, lost or gone; null while it stands.
alter table leads add column request_end text;
