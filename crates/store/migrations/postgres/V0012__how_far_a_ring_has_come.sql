-- How far an SMS, a call, a letter or a push has come, and what a business pays for them by UTC day, in kopecks.
alter table notices add column delivery text not null default '';
create index notices_receipt on notices (business_id, account, vendor_message_id) where channel = 'means';
create table ring_spending (
    business_id text not null, day bigint not null, rings bigint not null, kop bigint not null, primary key (business_id, day)
);
