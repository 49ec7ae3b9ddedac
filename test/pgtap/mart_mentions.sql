-- Which settings a text names is read off its words.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(4);
CREATE TEMP TABLE asked AS SELECT * FROM unnest(ARRAY['setting', 'SELECT * FROM setting', 'setting.x', 'FROM(setting)', 'my_setting', 'settings', 'setting2', 'setting_', 'Setting', 'settin', '', 'settinsetting setting',
	'settings, setting', 'äsetting', 'setting中', 'a.setting;', E'a\tsetting\n']) WITH ORDINALITY AS u(query, n);
SELECT is(string_agg(query, '|' ORDER BY n) FILTER (WHERE _mart_mentions(query, 'setting')),
	E'setting|SELECT * FROM setting|setting.x|FROM(setting)|settinsetting setting|settings, setting|a.setting;|a\tsetting\n', 'a word, and no piece of one') FROM asked;
-- which asks the locale what is a letter beyond ASCII
SELECT is_empty($$SELECT query FROM asked WHERE octet_length(query) = length(query) AND _mart_mentions(query, 'setting') <> (query ~ '\msetting\M')$$, 'as a regular expression has it');
SELECT is_empty($$SELECT q.name, w.name FROM mart_relation q, mart_relation w WHERE q.query IS NOT NULL AND _mart_mentions(q.query, w.name) <> (strpos(q.query, w.name) > 0 AND q.query ~ ('\m' || w.name || '\M'))$$,
	'in all texts of a mart');
SELECT ok(NOT _mart_mentions('a', '') AND NOT _mart_mentions('', 'a') AND _mart_mentions(NULL, 'a') IS NULL AND NOT _mart_mentions('a.b', 'a b') AND _mart_mentions('x "a.b"', 'a.b'), 'nothing, NULL, and what a pattern would take for more');
SELECT * FROM finish();
ROLLBACK;
