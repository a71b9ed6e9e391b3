-- Whatever was said is found by its words. The index names a message by its id, which must not change when a
-- database is made compact: it stands in the table itself from now on.
alter table messages rename to messages_before;
create table messages (
    id integer primary key, business_id text not null, conversation_id text not null, seq integer not null,
    at_ms integer not null, author text not null check (author in ('client', 'bot', 'person', 'note')), person_id text,
    text text not null, buttons text, vendor_id text, delivery text not null, chips text, file text,
    unique (business_id, conversation_id, seq)
) strict;
insert into messages (id, business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, vendor_id,
        delivery, chips, file)
    select rowid, business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, vendor_id, delivery, chips,
        file
    from messages_before;
drop table messages_before;
delete from sqlite_stat1 where tbl in ('messages', 'messages_before');
insert into sqlite_stat1 (tbl, idx, stat) values ('messages', 'sqlite_autoindex_messages_1', '1000000 1000000 20 1');

-- Words alone, neither their places nor the text; a word of the business's own leads each message.
create virtual table message_words using fts5 (words, content = '', contentless_delete = 1, detail = none,
    tokenize = "unicode61 remove_diacritics 0");
insert into message_words (rowid, words)
    select id, 'zz' || hex(business_id) || ' ' || replace(replace(text, 'ё', 'е'), 'Ё', 'е') from messages;
create trigger message_words_said after insert on messages begin
    insert into message_words (rowid, words)
    values (new.id, 'zz' || hex(new.business_id) || ' ' || replace(replace(new.text, 'ё', 'е'), 'Ё', 'е'));
end;
create trigger message_words_changed after update of text on messages begin
    delete from message_words where rowid = old.id;
    insert into message_words (rowid, words)
    values (new.id, 'zz' || hex(new.business_id) || ' ' || replace(replace(new.text, 'ё', 'е'), 'Ё', 'е'));
end;
create trigger message_words_gone after delete on messages begin
    delete from message_words where rowid = old.id;
end;
