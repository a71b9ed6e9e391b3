-- The file of a client's message, as its channel names it; the file itself stays there.
alter table messages add column file text;
