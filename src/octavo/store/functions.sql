-- What generated columns, indexes and queries compute alike. Run once for a database; safe to run again.
-- Everything is schema-qualified: PostgreSQL maintains indexes with an empty search_path.
-- Functions are declared IMMUTABLE although unaccent is STABLE, since nobody changes its dictionary in place;
-- such a function cannot be inlined, and what runs for every row is PL/pgSQL, a third of the cost of SQL then.

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- Text without accents.
CREATE OR REPLACE FUNCTION public.octavo_unaccent(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN RETURN public.unaccent('public.unaccent'::regdictionary, value); END $$;

-- Text in lower case.
CREATE OR REPLACE FUNCTION public.octavo_lower(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN RETURN pg_catalog.lower(value); END $$;

-- Text without case and accents: how text is compared unless its type says otherwise.
CREATE OR REPLACE FUNCTION public.octavo_fold(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN RETURN pg_catalog.lower(public.unaccent('public.unaccent'::regdictionary, value)); END $$;

-- A LIKE pattern from folded text whose masks are the noncharacters FDD0 (any run) and FDD1 (one character).
-- Folding comes first because it makes new backslashes and percent signs, of full-width ones for example.
CREATE OR REPLACE FUNCTION public.octavo_like(folded text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.translate(
        pg_catalog.regexp_replace(folded, '([\\%_])', '\\\1', 'g'), E'\uFDD0\uFDD1', '%_') $$;

-- An id; NULL for text that is none. Counting with LIKE is quicker than with {8} and {4} in the expression.
CREATE OR REPLACE FUNCTION public.octavo_uuid(value text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN
        IF value LIKE '________-____-____-____-____________' AND value ~ '^([0-9a-fA-F]+-){4}[0-9a-fA-F]+$' THEN
            RETURN value::uuid;
        END IF;
        RETURN NULL;
    END $$;

-- A number; NULL for text that is none, or that has more digits than any record should.
CREATE OR REPLACE FUNCTION public.octavo_number(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE
        WHEN pg_catalog.length(value) <= 200
            AND value ~ '^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?$'
        THEN value::numeric END $$;

-- A point in time from ISO 8601 text, cut to milliseconds; without an offset it is UTC, a date is its midnight.
-- Day 31 runs over into the next month. NULL for text that is none.
CREATE OR REPLACE FUNCTION public.octavo_any_instant(value text) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT (
            pg_catalog.make_timestamp(part[1]::int, part[2]::int, 1, 0, 0, 0)
            + pg_catalog.make_interval(
                days => part[3]::int - 1,
                hours => coalesce(part[4]::int, 0) - coalesce((part[8] || part[9])::int, 0),
                mins => coalesce(part[5]::int, 0) - coalesce((part[8] || coalesce(part[10], '0'))::int, 0),
                secs => coalesce(part[6]::int, 0) + coalesce(part[7]::float8, 0)
            )
        ) AT TIME ZONE 'UTC'
        FROM pg_catalog.regexp_match(value,
            '^(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
            '(?:[Tt ]([01][0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9])(?:([.][0-9]{1,3})[0-9]{0,6})?)?)?'
            '(?:[Zz]|([-+])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?$') AS part
    $$;

-- The same, quickly where the text is as the server prints instants: each write of a record reads several. One regular
-- expression of the whole shape would cost many times as much: PostgreSQL makes its states anew for every text.
CREATE OR REPLACE FUNCTION public.octavo_instant(value text) RETURNS timestamptz
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    DECLARE
        digits text COLLATE "C" := pg_catalog.translate(pg_catalog.left(value, 23), '-T:.', '');
        month text COLLATE "C" := pg_catalog.substr(digits, 5, 2);
        day text COLLATE "C" := pg_catalog.substr(digits, 7, 2);
    BEGIN
        IF (value LIKE '____-__-__T__:__:__.___+00:00' OR value LIKE '____-__-__T__:__:__.___Z')
            AND pg_catalog.length(digits) = 17 AND digits !~ '[^0-9]' AND digits BETWEEN '1' AND '3'
            AND month BETWEEN '01' AND '12' AND (day BETWEEN '01' AND '28' OR day BETWEEN '29' AND '30' AND month <> '02')
            AND pg_catalog.substr(digits, 9, 2) <= '23' AND pg_catalog.substr(digits, 11, 2) <= '59'
            AND pg_catalog.substr(digits, 13, 2) <= '59'
        THEN
            RETURN value::timestamptz;
        END IF;
        RETURN public.octavo_any_instant(value);
    END $$;

-- The words of a text; FOLIO takes & for a comma. The cut keeps a huge note below PostgreSQL's limit.
CREATE OR REPLACE FUNCTION public.octavo_tsvector(value text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN RETURN pg_catalog.to_tsvector('pg_catalog.simple'::regconfig, pg_catalog.translate(
        public.unaccent('public.unaccent'::regdictionary, pg_catalog.left(value, 200000)), '&', ',')); END $$;

-- A query for all of the words as PostgreSQL parses them; a word that ends in the noncharacter FDD0 is a prefix.
-- A word of several tokens asks for them side by side. The blank keeps a word of signs alone from being an error.
CREATE OR REPLACE FUNCTION public.octavo_tsquery(words text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.to_tsquery('pg_catalog.simple'::regconfig, pg_catalog.string_agg(
            ''' ' || pg_catalog.translate(
                public.unaccent('public.unaccent'::regdictionary, pg_catalog.rtrim(word, E'\uFDD0')), '&''\', ',,,')
            || CASE WHEN pg_catalog.right(word, 1) = E'\uFDD0' THEN ''':*' ELSE '''' END, ' & '))
        FROM pg_catalog.unnest(words) AS word $$;

-- All tokens of all words side by side, in order: relations = and adj.
CREATE OR REPLACE FUNCTION public.octavo_tsquery_phrase(words text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.replace(public.octavo_tsquery(words)::text, ' & ', ' <-> ')::tsquery $$;

-- All tokens of all words, anywhere: relation all.
CREATE OR REPLACE FUNCTION public.octavo_tsquery_all(words text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.replace(public.octavo_tsquery(words)::text, ' <-> ', ' & ')::tsquery $$;

-- At least one token of the words: relation any.
CREATE OR REPLACE FUNCTION public.octavo_tsquery_any(words text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.replace(
        pg_catalog.replace(public.octavo_tsquery(words)::text, ' <-> ', ' | '), ' & ', ' | ')::tsquery $$;

-- The words by which patrons find a work: `title`, `author`, `subject`, or `any` of them.
CREATE OR REPLACE FUNCTION public.octavo_found_by(doc jsonb, what text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN RETURN public.octavo_tsvector(pg_catalog.concat_ws(' ',
        CASE WHEN what IN ('title', 'any') THEN pg_catalog.concat_ws(' ', doc ->> 'title', pg_catalog.jsonb_path_query_array(doc,
            '$.alternativeTitles[*].alternativeTitle')::text, pg_catalog.jsonb_path_query_array(doc, '$.series[*].value')::text) END,
        CASE WHEN what IN ('author', 'any') THEN pg_catalog.jsonb_path_query_array(doc, '$.contributors[*].name')::text END,
        CASE WHEN what IN ('subject', 'any') THEN pg_catalog.jsonb_path_query_array(doc, '$.subjects[*].value')::text END)); END $$;

-- The numbers of a work (ISBN, ISSN, …), without hyphens, in lower case.
CREATE OR REPLACE FUNCTION public.octavo_numbers(doc jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.array_remove(pg_catalog.regexp_split_to_array(pg_catalog.lower(pg_catalog.replace(
        pg_catalog.jsonb_path_query_array(doc, '$.identifiers[*].value')::text, '-', '')), '[^0-9a-z]+'), '') $$;

-- A document without the values that are a word, wherever they stand; used to take the id of somebody out of it.
CREATE OR REPLACE FUNCTION public.octavo_without(doc jsonb, word text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ BEGIN
        CASE pg_catalog.jsonb_typeof(doc)
        WHEN 'object' THEN
            RETURN (SELECT coalesce(pg_catalog.jsonb_object_agg(key, public.octavo_without(value, word)), '{}')
                FROM pg_catalog.jsonb_each(doc)
                WHERE pg_catalog.lower(value #>> '{}') IS DISTINCT FROM word AND pg_catalog.lower(key) <> word);
        WHEN 'array' THEN
            RETURN (SELECT coalesce(pg_catalog.jsonb_agg(public.octavo_without(value, word) ORDER BY place), '[]')
                FROM pg_catalog.jsonb_array_elements(doc) WITH ORDINALITY AS part (value, place)
                WHERE pg_catalog.lower(value #>> '{}') IS DISTINCT FROM word);
        ELSE
            RETURN doc;
        END CASE;
    END $$;
