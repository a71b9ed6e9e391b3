-- Who else has this number: one client over several channels.
create index leads_phone on leads (business_id, phone);
