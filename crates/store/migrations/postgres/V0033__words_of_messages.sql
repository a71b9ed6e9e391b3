-- Whatever was said is found by its words: letters and digits, in lower case whatever the database's locale, ё as е.
-- A word of the business's own leads each message. Other letters are let through by their places in Unicode.
create function message_words(business text, said text) returns tsvector language sql immutable parallel safe as $$
    select to_tsvector('pg_catalog.simple', 'zz' || encode(convert_to(business, 'UTF8'), 'hex') || ' ' ||
        regexp_replace(lower(translate(said, 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе')),
            '[^0-9a-z\u00df-\u024f\u0370-\u052f]+', ' ', 'g'))
$$;
create index messages_words on messages using gin (message_words(business_id, text));
