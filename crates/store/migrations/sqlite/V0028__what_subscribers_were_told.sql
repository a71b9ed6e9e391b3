-- The log of one subscriber is read by its destination; of other rows nobody asks so.
create index outbox_news on outbox (business_id, destination, id) where kind = 'news';
