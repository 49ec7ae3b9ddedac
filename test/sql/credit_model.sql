-- credit_model: how a rule is written, and what is said of one that is not.
SET search_path = ecosystem, public;
SELECT model::credit_model FROM (VALUES
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20)'),
	('Role_Split( "Solution Partner" = 22.50, unknown=ignore, within=touches, unfilled=redistribute, lookback=48h)'),
	('linear()'), ('linear(per=touch, minor_digits=0)'), ('first_touch(lookback=36h)'), ('last_touch(after_close=include)')) v(model);
SELECT 'u_curve'::credit_model;
SELECT ''::credit_model;
SELECT '(a=1)'::credit_model;
SELECT 'linear(per=deal)'::credit_model;
SELECT 'linear(within=touches)'::credit_model;
SELECT 'linear(sourcing=3)'::credit_model;
SELECT 'linear(per)'::credit_model;
SELECT 'linear(per=)'::credit_model;
SELECT 'linear(per=touch, per=touch)'::credit_model;
SELECT 'linear linear'::credit_model;
SELECT 'role_split'::credit_model;
SELECT 'role_split(a=0, b=0)'::credit_model;
SELECT 'role_split(a=-3)'::credit_model;
SELECT 'role_split(a=4e1)'::credit_model;
SELECT 'role_split(a=1.2.3)'::credit_model;
SELECT 'role_split(a=1234567890)'::credit_model;
SELECT 'role_split(a=1, A=2)'::credit_model;
SELECT 'role_split(a=1,)'::credit_model;
SELECT 'role_split(a=1'::credit_model;
SELECT 'role_split(a 1)'::credit_model;
SELECT 'role_split("a=1)'::credit_model;
SELECT 'role_split(""=1)'::credit_model;
SELECT 'role_split(a=1) b'::credit_model;
SELECT 'role_split(été=1, lookback=2w)'::credit_model;
SELECT 'role_split(a=1, lookback=0d)'::credit_model;
SELECT 'role_split(a=1, minor_digits=19)'::credit_model;
SELECT 'role_split(a=1, minor_digits=two)'::credit_model;
-- Shapes and ages.
SELECT model::credit_model FROM (VALUES
	('u_shaped(first=40, middle=20, last=40)'), ('u_shaped(last=60, first=20)'), ('w_shaped'), ('full_path(close=30)'), ('time_decay(half_life=168h)'),
	('time_decay(half_life=36h, lookback=90d)'), ('engagement'), ('engagement(half_life=30d)'), ('source_wins'), ('primary_only(minor_digits=0)')) v(model);
SELECT 'u_shaped(lead=30)'::credit_model;
SELECT 'u_shaped(first=30, first=20)'::credit_model;
SELECT 'u_shaped(first=0, middle=0, last=0)'::credit_model;
SELECT 'w_shaped(close=30)'::credit_model;
SELECT 'full_path(lead=a)'::credit_model;
SELECT 'time_decay(half_life=0d)'::credit_model;
SELECT 'time_decay(half_life=2 months)'::credit_model;
SELECT 'linear(half_life=7d)'::credit_model;
SELECT 'source_wins(sourcing=1)'::credit_model;
