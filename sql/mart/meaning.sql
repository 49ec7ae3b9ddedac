-- meaning: what the words of your CRM mean: the words that a column is written
-- with, and the word of the extension that stands for each in the mart.
-- kind: settings
-- tier: 1
-- key: relation, column_name, written
-- columns:
--   relation text not null       Relation that is loaded.
--   column_name text not null    Its column.
--   written text not null        What stands in the replica; case and blanks around it do not matter.
--   standard text                What it means here; NULL: nothing, and rightly so.
--   how text not null            standard (a word of the extension itself), guessed (by a bind_ routine) or confirmed (by you).
SELECT r, c, w, w, 'standard'
FROM   (VALUES
	('account', 'segment', ARRAY['customer', 'open_opportunity', 'prospect']),
	('deal', 'outcome', ARRAY['won', 'lost', 'open']),
	('deal', 'type', ARRAY['new', 'expansion', 'renewal']),
	('deal_partner', 'role', ARRAY['sourcing', 'technical', 'influencing', 'co_sell']),
	('partner', 'type', ARRAY['technology', 'services', 'channel']),
	('partner_account', 'population', ARRAY['customer', 'open_opportunity', 'prospect'])) AS v(r, c, words),
	unnest(words) AS w
