-- What one night left in the second schema, in words that both engines read.
insert into businesses (id, document, version, busy_version, created_at_ms, updated_at_ms)
    values ('lotos', '{"name":"Лотос"}', 1, 1, 1000, 1000);
insert into conversations (business_id, id, channel, account, peer, version, state, speaker, heat, is_after_hours,
    needs_person, client_name, last_text_short, search, last_at_ms, created_at_ms)
    values ('lotos', 'olga', 'telegram', 'bot', '42', 3, '{}', 'bot', 'hot', 1, 0, 'Ольга', 'да', 'ольга да', 3000, 1000);
insert into messages (business_id, conversation_id, seq, at_ms, author, person_id, text, buttons, outbox_key, vendor_id, delivery, chips)
    values ('lotos', 'olga', 1, 1000, 'client', null, 'можно завтра?', null, null, '7', '', '["завтра"]'),
           ('lotos', 'olga', 2, 2000, 'bot', null, 'Да, в 18:30', '[]', 'i1#0', '8', 'sent', null),
           ('lotos', 'olga', 3, 3000, 'bot', null, 'Ждём вас!', null, 'i2#0', null, 'queued', null);
insert into leads (business_id, id, conversation_id, heat, score, reasons, name, phone, services, wanted_at, status,
    source, tags, is_after_hours, crm_refs, created_at_ms, updated_at_ms)
    values ('lotos', 'olga', 'olga', 'hot', 0.75, '[]', 'Ольга', '+79185554433', '[]', '', 'new', 'telegram', '[]', 1,
            '{"lead":"17"}', 1500, 2500);
insert into outbox (business_id, key, conversation_id, lane, destination, kind, priority, payload, created_at_ms, due_at_ms, status, why)
    values ('lotos', 'i2#0', 'olga', 'say:olga', 'channel:lotos/bot', 'say', 0, '{}', 3000, 3000, 0, ''),
           ('lotos', 'i2#1', 'olga', 'crm:olga', 'crm', 'card', 0, '{}', 3000, 3000, 2, 'ERROR_CORE');
insert into cases (business_id, id, conversation_id, state, level, policy, taken_by, opened_at_ms, next_at_ms, closed_at_ms, why)
    values ('lotos', 'case', 'olga', 'open', 1, '[]', null, 2000, 2500, null, 'горячий лид');
insert into alarms (business_id, conversation_id, kind, subject, generation, payload, due_at_ms)
    values ('lotos', 'olga', 'escalation', 'case', 1, '{}', 2500);
