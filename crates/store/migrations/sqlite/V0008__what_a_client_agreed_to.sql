-- The consent log: rows are only added, each sealed over the one before it. Texts as they were shown, by version.
create table consents (
    business_id text not null, seq integer not null, conversation_id text not null, purpose text not null,
    basis text not null, action text not null, text_version integer not null, text_sha256 text not null,
    at_ms integer not null, channel text not null, person text not null, message_id text not null, button text not null,
    seal text not null, primary key (business_id, seq)
) strict;
create table consent_texts (
    business_id text not null, purpose text not null, version integer not null, sha256 text not null, text text not null,
    primary key (business_id, purpose, version)
) strict;
create unique index consent_texts_sha256 on consent_texts (business_id, purpose, sha256);
create trigger consents_update before update on consents begin
    select raise(abort, 'append only');
end;
create trigger consents_delete before delete on consents begin
    select raise(abort, 'append only');
end;
create trigger consent_texts_update before update on consent_texts begin
    select raise(abort, 'append only');
end;
create trigger consent_texts_delete before delete on consent_texts begin
    select raise(abort, 'append only');
end;
alter table businesses add column consent_seq integer not null default 0;
alter table businesses add column consent_seal text not null default '';
