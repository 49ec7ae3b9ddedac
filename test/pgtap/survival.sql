-- survival: that it says what R's package survival says, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(77);

-- R's data sets (survival 3.5-3) as time:event:group..., the times of heart rounded to days.
-- What they are compared with below is what survfit(), survdiff() and coxph() printed.
CREATE TEMP TABLE source AS
SELECT name, row_number() OVER () AS id, string_to_array(field, ':') AS f
FROM  (VALUES ('aml', '9:1:M 13:1:M 13:0:M 18:1:M 23:1:M 28:0:M 31:1:M 34:1:M 45:0:M 48:1:M 161:0:M 5:1:N 5:1:N 8:1:N 8:1:N 12:1:N 16:0:N 23:1:N 27:1:N 30:1:N 33:1:N 43:1:N 45:1:N'),
('lung', '306:1:1:1 455:1:1:0 1010:0:1:0 210:1:1:1 883:1:1:0 1022:0:1:1 310:1:2:2 361:1:2:2 218:1:1:1 166:1:1:2 170:1:1:1 654:1:2:2 728:1:2:1 71:1:1: 567:1:1:1 144:1:1:1 613:1:1:1 707:1:1:2 61:1:2:2
88:1:1:1 301:1:1:1 81:1:2:0 624:1:1:1 371:1:1:0 394:1:1:0 520:1:2:1 574:1:1:0 118:1:1:3 390:1:1:1 12:1:1:2 473:1:2:1 26:1:1:2 533:1:1:2 107:1:2:2 53:1:1:2 122:1:2:2 814:1:1:2 965:0:2:1
93:1:1:2 731:1:2:1 460:1:1:1 153:1:2:2 433:1:2:0 145:1:2:2 583:1:1:1 95:1:2:2 303:1:1:0 519:1:1:1 643:1:1:0 765:1:2:1 735:1:2:1 189:1:1:0 53:1:1:0 246:1:1:0 689:1:1:1 65:1:1:0 5:1:2:0
132:1:1:2 687:1:2:1 345:1:2:1 444:1:2:2 223:1:1:1 175:1:1:1 60:1:2:1 163:1:1:1 65:1:1:2 208:1:2:2 821:0:2:0 428:1:1:0 230:1:1:1 840:0:1:0 305:1:2:1 11:1:1:2 132:1:1:1 226:1:2:1 426:1:2:1
705:1:2:0 363:1:2:1 11:1:1:0 176:1:1:0 791:1:1:0 95:1:1:1 196:0:1:1 167:1:2:1 806:0:1:1 284:1:1:1 641:1:2:1 147:1:1:0 740:0:2:1 163:1:1:2 655:1:1:0 239:1:1:1 88:1:1:1 245:1:2:1 588:0:2:0
30:1:1:2 179:1:1:1 310:1:1:1 477:1:1:1 166:1:2:0 559:0:2:0 450:1:2:1 364:1:1:1 107:1:1:1 177:1:1:2 156:1:1:1 529:0:2:1 11:1:1:1 429:1:1:1 351:1:2:2 15:1:1:0 181:1:1:1 283:1:1:1 201:1:2:0
524:1:2:1 13:1:1:2 212:1:1:2 524:1:1:2 288:1:1:2 363:1:1:1 442:1:1:0 199:1:2:2 550:1:2:1 54:1:1:2 558:1:1:0 207:1:1:1 92:1:1:1 60:1:1:1 551:0:2:2 543:0:2:0 293:1:2:1 202:1:1:1 353:1:1:0
511:0:2:1 267:1:1:0 511:0:2:2 371:1:2:1 387:1:1:2 457:1:1:1 337:1:1:0 201:1:2:2 404:0:1:1 222:1:1:2 62:1:2:1 458:0:1:1 356:0:2:1 353:1:1:0 163:1:1:1 31:1:1:0 340:1:2:0 229:1:1:1 444:0:1:0
315:0:2:0 182:1:2:1 156:1:1:2 329:1:1:2 364:0:2:1 291:1:1:2 179:1:1:1 376:0:2:1 384:0:2:0 268:1:2:1 292:0:1:2 142:1:1:1 413:0:1:1 266:0:2:0 194:1:2:1 320:1:1:0 181:1:1:1 285:1:1:0 301:0:1:1
348:1:2:0 197:1:1:1 382:0:2:0 303:0:1:1 296:0:2:1 180:1:1:2 186:1:2:1 145:1:2:1 269:0:2:0 300:0:1:0 284:0:1:0 350:1:2:0 272:0:2:1 292:0:2:0 332:0:2:0 285:1:2:2 259:0:1:0 110:1:1:1 286:1:1:0
270:1:1:1 81:1:1:2 131:1:1:1 225:0:1:1 269:1:1:1 225:0:1:0 243:0:2:1 279:0:1:1 276:0:2:0 135:1:1:1 79:1:2:1 59:1:1:1 240:0:2:0 202:0:2:0 235:0:2:0 105:1:1:2 224:0:2:0 239:1:2:2 237:0:1:1
173:0:2:1 252:0:2:0 221:0:1:1 185:0:1:1 92:0:2:2 13:1:1:1 222:0:1:1 192:0:2:1 183:1:1:2 211:0:2:2 175:0:2:0 197:0:1:1 203:0:2:1 116:1:1:1 188:0:1:1 191:0:1:0 105:0:2:2 174:0:1:1 177:0:2:1'),
('ovarian', '59:1:1 115:1:1 156:1:1 421:0:2 431:1:1 448:0:1 464:1:2 475:1:2 477:0:1 563:1:2 638:1:1 744:0:2 769:0:2 770:0:2 803:0:1 855:0:1 1040:0:1 1106:0:1 1129:0:2 1206:0:2 1227:0:2 268:1:1 329:1:1
353:1:2 365:1:2 377:0:2')) v(name, rows), regexp_split_to_table(rows, '\s+') field;
CREATE TEMP TABLE heart AS
SELECT f[1]::integer AS entry, f[2]::integer AS exit, f[3] = '1' AS died, f[4] = '1' AS transplant
FROM   regexp_split_to_table('0:50:1:0 0:6:1:0 0:1:0:0 1:16:1:1 0:36:0:0 36:39:1:1 0:18:1:0 0:3:1:0 0:51:0:0 51:675:1:1 0:40:1:0 0:85:1:0 0:12:0:0 12:58:1:1 0:26:0:0 26:153:1:1 0:8:1:0 0:17:0:0 17:81:1:1 0:37:0:0
37:1387:1:1 0:1:1:0 0:28:0:0 28:308:1:1 0:36:1:0 0:20:0:0 20:43:1:1 0:37:1:0 0:18:0:0 18:28:1:1 0:8:0:0 8:1032:1:1 0:12:0:0 12:51:1:1 0:3:0:0 3:733:1:1 0:83:0:0 83:219:1:1 0:25:0:0
25:1800:0:1 0:1401:0:0 0:263:1:0 0:71:0:0 71:72:1:1 0:35:1:0 0:16:0:0 16:852:1:1 0:16:1:0 0:17:0:0 17:77:1:1 0:51:0:0 51:1587:0:1 0:23:0:0 23:1572:0:1 0:12:1:0 0:46:0:0 46:100:1:1 0:19:0:0
19:66:1:1 0:5:0:0 4:5:1:1 0:2:0:0 2:53:1:1 0:41:0:0 41:1408:0:1 0:58:0:0 58:1322:0:1 0:3:1:0 0:2:1:0 0:40:1:0 0:1:0:0 1:45:1:1 0:2:0:0 2:996:1:1 0:21:0:0 21:72:1:1 0:9:1:0 0:36:0:0
36:1142:0:1 0:83:0:0 83:980:1:1 0:32:0:0 32:285:1:1 0:102:1:0 0:41:0:0 41:188:1:1 0:3:1:0 0:10:0:0 10:61:1:1 0:67:0:0 67:942:0:1 0:149:1:0 0:21:0:0 21:343:1:1 0:78:0:0 78:916:0:1 0:3:0:0
3:68:1:1 0:2:1:0 0:69:1:0 0:27:0:0 27:842:0:1 0:33:0:0 33:584:1:1 0:12:0:0 12:78:1:1 0:32:1:0 0:57:0:0 57:285:1:1 0:3:0:0 3:68:1:1 0:10:0:0 10:670:0:1 0:5:0:0 5:30:1:1 0:31:0:0 31:620:0:1
0:4:0:0 4:596:0:1 0:27:0:0 27:90:1:1 0:5:0:0 5:17:1:1 0:2:1:0 0:46:0:0 46:545:0:1 0:21:1:0 0:210:0:0 210:515:0:1 0:67:0:0 67:96:1:1 0:26:0:0 26:482:0:1 0:6:0:0 6:445:0:1 0:428:0:0 0:32:0:0
32:80:1:1 0:37:0:0 37:334:1:1 0:5:1:0 0:8:0:0 8:397:0:1 0:60:0:0 60:110:1:1 0:31:0:0 31:370:0:1 0:139:0:0 139:207:1:1 0:160:0:0 160:186:1:1 0:340:1:0 0:310:0:0 310:340:0:1 0:28:0:0
28:265:0:1 0:4:0:0 4:165:1:1 0:2:0:0 2:16:1:1 0:13:0:0 13:180:0:1 0:21:0:0 21:131:0:1 0:96:0:0 96:109:0:1 0:21:1:0 0:38:0:0 38:39:0:1 0:31:0:0 0:11:0:0 0:6:1:0', '\s+') field, string_to_array(field, ':') f;
CREATE TEMP VIEW r AS SELECT name, id, f[1]::integer AS exit, f[2] = '1' AS died, f[3] AS x, f[4] AS ecog FROM source;
SELECT results_eq('SELECT name, count(*), sum(exit) FROM r GROUP BY 1 ORDER BY 1', $$VALUES ('aml', 23::bigint, 678::bigint), ('lung', 228, 69593), ('ovarian', 26, 15588)$$, 'the data are R''s');

CREATE FUNCTION pg_temp.near(a double precision, b double precision) RETURNS boolean LANGUAGE sql AS
	$$SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-9 * greatest(abs(b), 1e-3), false)$$;
CREATE FUNCTION pg_temp.near(a double precision[], b double precision[]) RETURNS boolean LANGUAGE sql AS
	$$SELECT cardinality(a) = cardinality(b) AND bool_and(pg_temp.near(a[i], b[i])) FROM generate_subscripts(a, 1) i$$;

-- The curve of each group of aml, with both kinds of limits
CREATE TEMP TABLE aml AS SELECT x, survival_agg(exit, died) AS s FROM r WHERE name = 'aml' GROUP BY 1;
CREATE TEMP TABLE expected (x text, duration integer, at_risk bigint, churned bigint, censored bigint, s double precision, se double precision,
	l double precision, u double precision, ll double precision, lu double precision, h double precision);
INSERT INTO expected VALUES
	('M', 9, 11, 1, 0, 0.909090909090909, 0.0866784172041448, 0.7541338450815255, 1.000000000000000, 0.5080802057699297, 0.986673822667823, 0.0909090909090909),
	('M', 13, 10, 1, 1, 0.818181818181818, 0.1162912998303329, 0.6192489873993635, 1.000000000000000, 0.4474286146821814, 0.951162228582492, 0.1909090909090909),
	('M', 18, 8, 1, 0, 0.715909090909091, 0.1396649705572278, 0.4884262874221285, 1.000000000000000, 0.3501903859079384, 0.899023974191053, 0.3159090909090909),
	('M', 23, 7, 1, 0, 0.613636363636364, 0.1526323310273120, 0.3768670595016798, 0.999157600228473, 0.2657520400012861, 0.835299243250221, 0.4587662337662338),
	('M', 28, 6, 0, 1, 0.613636363636364, 0.1526323310273120, 0.3768670595016798, 0.999157600228473, 0.2657520400012861, 0.835299243250221, 0.4587662337662338),
	('M', 31, 5, 1, 0, 0.490909090909091, 0.1641932672211358, 0.2548599511993173, 0.945584955200429, 0.1673309097768508, 0.753399790370811, 0.6587662337662338),
	('M', 34, 4, 1, 0, 0.368181818181818, 0.1626688858270948, 0.1548771178971911, 0.875260678143908, 0.0928295749369852, 0.657040832398164, 0.9087662337662338),
	('M', 45, 3, 0, 1, 0.368181818181818, 0.1626688858270948, 0.1548771178971911, 0.875260678143908, 0.0928295749369852, 0.657040832398164, 0.9087662337662338),
	('M', 48, 2, 1, 0, 0.184090909090909, 0.1534927457862937, 0.0359178984891853, 0.943525769474552, 0.0117384801231896, 0.525014842726641, 1.4087662337662339),
	('M', 161, 1, 0, 1, 0.184090909090909, 0.1534927457862937, 0.0359178984891853, 0.943525769474552, 0.0117384801231896, 0.525014842726641, 1.4087662337662339),
	('N', 5, 12, 2, 0, 0.8333333333333334, 0.1075828707279838, 0.6470369870133617, 1.000000000000000, 0.48171494219537886, 0.955509365728065, 0.166666666666667),
	('N', 8, 10, 2, 0, 0.6666666666666667, 0.1360827634879544, 0.4468460811502639, 0.994625360259092, 0.33701893254140197, 0.859711799084440, 0.366666666666667),
	('N', 12, 8, 1, 0, 0.5833333333333334, 0.1423187606383278, 0.3616137052103847, 0.940998012173809, 0.27013892408549733, 0.800940192333387, 0.491666666666667),
	('N', 16, 7, 0, 1, 0.5833333333333334, 0.1423187606383278, 0.3616137052103847, 0.940998012173809, 0.27013892408549733, 0.800940192333387, 0.491666666666667),
	('N', 23, 6, 1, 0, 0.4861111111111112, 0.1481300625534829, 0.2675182488582666, 0.883319225339558, 0.19187661961872829, 0.729671569779485, 0.658333333333333),
	('N', 27, 5, 1, 0, 0.3888888888888890, 0.1469861839480328, 0.1853965260955568, 0.815735715691272, 0.12627201219539366, 0.649817408289315, 0.858333333333333),
	('N', 30, 4, 1, 0, 0.2916666666666667, 0.1387151691349874, 0.1148311501524704, 0.740822018515804, 0.07240160890777184, 0.560886052671409, 1.108333333333333),
	('N', 33, 3, 1, 0, 0.1944444444444445, 0.1218745053804462, 0.0569215525716042, 0.664223659882563, 0.03119864293121194, 0.461429476238114, 1.441666666666667),
	('N', 43, 2, 1, 0, 0.0972222222222222, 0.0918663649675205, 0.0152565271708652, 0.619548629119056, 0.00574630569586383, 0.348903861110750, 1.941666666666667),
	('N', 45, 1, 1, 0, 0.0000000000000000, NULL, NULL, NULL, NULL, NULL, 2.941666666666666);
SELECT results_eq('SELECT x, duration, at_risk, t.churned, censored FROM aml, survival_table(s) t ORDER BY 1, 2', 'SELECT x, duration, at_risk, churned, censored FROM expected ORDER BY 1, 2', 'aml: the risk sets');
SELECT is_empty($$SELECT * FROM (SELECT x, t.* FROM aml, survival_table(s) t) t FULL JOIN expected e USING (x, duration)
	WHERE  NOT pg_temp.near(ARRAY[t.survival, t.standard_error, t.lower_limit, t.upper_limit, t.cumulative_hazard], ARRAY[e.s, e.se, e.l, e.u, e.h])$$, 'aml: the curve, Greenwood''s errors, log limits, hazard');
SELECT is_empty($$SELECT * FROM (SELECT x, t.* FROM aml, survival_table(s, 0.95, 'log-log') t) t FULL JOIN expected e USING (x, duration)
	WHERE  NOT pg_temp.near(ARRAY[t.lower_limit, t.upper_limit], ARRAY[e.ll, e.lu])$$, 'aml: log-log limits');
SELECT results_eq('SELECT x, q, quantile.* FROM aml, (VALUES (0.25), (0.5), (0.75)) v(q), survival_quantile(s, q) quantile ORDER BY 1, 2',
	$$VALUES ('M', 0.25, 18::double precision, 13::double precision, NULL::double precision), ('M', 0.5, 31, 18, NULL), ('M', 0.75, 48, 34, NULL), ('N', 0.25, 8, 5, 30), ('N', 0.5, 23, 8, NULL), ('N', 0.75, 33, 27, NULL)$$, 'aml: quantiles');
SELECT results_eq($$SELECT x, q, quantile.* FROM aml, (VALUES (0.25), (0.5), (0.75)) v(q), survival_quantile(s, q, 0.95, 'log-log') quantile ORDER BY 1, 2$$,
	$$VALUES ('M', 0.25, 18::double precision, 9::double precision, 34::double precision), ('M', 0.5, 31, 13, NULL), ('M', 0.75, 48, 31, NULL), ('N', 0.25, 8, 5, 23), ('N', 0.5, 23, 5, 33), ('N', 0.75, 33, 23, NULL)$$, 'aml: quantiles by log-log limits');
SELECT ok(bool_and(pg_temp.near(mean_survival(s, 30), CASE x WHEN 'M' THEN 24.60227272727273 ELSE 19.69444444444445 END)), 'aml: restricted mean') FROM aml;
SELECT ok(pg_temp.near(chi_square, 3.3963886989776) AND df = 1 AND pg_temp.near(p_value, 0.0653393220405049), 'aml: log-rank') FROM log_rank(VARIADIC (SELECT array_agg(s ORDER BY x) FROM aml));
SELECT ok(pg_temp.near(array_agg(expected ORDER BY group_number), ARRAY[10.6893359923007, 7.31066400769928]) AND array_agg(observed ORDER BY group_number) = '{7,11}' AND array_agg(g.subjects ORDER BY group_number) = '{11,12}', 'aml: observed and expected')
FROM log_rank_groups(VARIADIC (SELECT array_agg(s ORDER BY x) FROM aml)) g;

-- lung and ovarian
CREATE TEMP TABLE lung AS SELECT survival_agg(exit, died) AS s FROM r WHERE name = 'lung';
SELECT ok(pg_temp.near(array_agg(survival_at(s, d) ORDER BY d), ARRAY[0.8639689676452436, 0.4092416244600644, 0.1156930983445392, 0.0503455680708105]), 'lung: survival') FROM lung, (VALUES (100), (365), (730), (1022)) v(d);
SELECT ok(pg_temp.near(ARRAY[t.standard_error, lower_limit, upper_limit, cumulative_hazard], ARRAY[0.0228480489160838, 0.0206854601989800, 0.122534195516598, 2.889267462521800]), 'lung: the last row') FROM lung, survival_table(s) t WHERE duration = 1022;
SELECT ok(bool_and(pg_temp.near(ARRAY[duration, lower_limit, upper_limit], CASE q WHEN 0.25 THEN ARRAY[170, 145, 197] WHEN 0.5 THEN ARRAY[310, 285, 363] ELSE ARRAY[550, 460, 654] END)), 'lung: quantiles')
FROM lung, (VALUES (0.25), (0.5), (0.75)) v(q), survival_quantile(s, q);
SELECT ok(pg_temp.near(mean_survival(s, 365), 263.221866482007) AND median_survival(s) = 310, 'lung: restricted mean, median') FROM lung;
SELECT ok(pg_temp.near(chi_square, 10.3267419548856) AND df = 1 AND pg_temp.near(p_value, 0.00131116452035551), 'lung by sex: log-rank')
FROM log_rank(VARIADIC (SELECT array_agg(s) FROM (SELECT survival_agg(exit, died) AS s FROM r WHERE name = 'lung' GROUP BY x) g));
SELECT ok(pg_temp.near(chi_square, 21.962131682476) AND df = 3 AND pg_temp.near(p_value, 6.64253535580017e-05), 'lung by ECOG score: log-rank of four groups')
FROM log_rank(VARIADIC (SELECT array_agg(s ORDER BY ecog) FROM (SELECT ecog, survival_agg(exit, died) AS s FROM r WHERE name = 'lung' AND ecog <> '' GROUP BY 1) g));
SELECT ok(pg_temp.near(array_agg(expected ORDER BY group_number), ARRAY[54.1526970189229, 83.5275645750819, 26.1473530653302, 0.172385340664962]), 'lung by ECOG score: expected')
FROM log_rank_groups(VARIADIC (SELECT array_agg(s ORDER BY ecog) FROM (SELECT ecog, survival_agg(exit, died) AS s FROM r WHERE name = 'lung' AND ecog <> '' GROUP BY 1) g));
SELECT ok(pg_temp.near(a.chi_square, b.chi_square) AND a.df = b.df, 'whatever group comes first')
FROM log_rank(VARIADIC (SELECT array_agg(s ORDER BY ecog) FROM (SELECT ecog, survival_agg(exit, died) AS s FROM r WHERE name = 'lung' AND ecog <> '' GROUP BY 1) g)) a,
     log_rank(VARIADIC (SELECT array_agg(s ORDER BY ecog DESC) FROM (SELECT ecog, survival_agg(exit, died) AS s FROM r WHERE name = 'lung' AND ecog <> '' GROUP BY 1) g)) b;
CREATE TEMP TABLE ovarian AS SELECT survival_agg(exit, died) AS s FROM r WHERE name = 'ovarian';
SELECT ok(pg_temp.near(ARRAY[t.survival, standard_error, lower_limit, upper_limit], ARRAY[0.730769230769231, 0.0869892924733086, 0.578701944188642, 0.922795705115128]), 'ovarian: a year') FROM ovarian, survival_table(s) t WHERE duration = 365;
SELECT ok(pg_temp.near(ARRAY[q.duration, lower_limit, upper_limit], ARRAY[638, 464, NULL]), 'ovarian: median') FROM ovarian, survival_quantile(s, 0.5) q;
SELECT ok(pg_temp.near(chi_square, 1.06273986129141) AND pg_temp.near(p_value, 0.302591116989095), 'ovarian by treatment: log-rank')
FROM log_rank(VARIADIC (SELECT array_agg(s) FROM (SELECT survival_agg(exit, died) AS s FROM r WHERE name = 'ovarian' GROUP BY x) g));

-- heart: patients count as transplanted only from then on
CREATE TEMP TABLE transplanted AS SELECT transplant AS x, survival_agg(entry, exit, died) AS s FROM heart WHERE exit > entry GROUP BY 1;
SELECT ok(pg_temp.near(array_agg(survival_at(s, d) ORDER BY x, d), ARRAY[0.652326982015500, 0.562791906052588, 0.236372600542087, 0.684908448850802, 0.467875421481527, 0.321095219194386]), 'heart: survival')
FROM transplanted, (VALUES (50), (100), (500)) v(d);
SELECT ok(pg_temp.near(array_agg(m.v ORDER BY x, i), ARRAY[149, 69, NULL, 90, 53, 334]), 'heart: medians and limits')
FROM transplanted, survival_quantile(s, 0.5) q, unnest(ARRAY[q.duration, q.lower_limit, q.upper_limit]) WITH ORDINALITY m(v, i);
SELECT ok(pg_temp.near(chi_square, 0.175703314085929), 'heart: log-rank with late entries is the score test of Cox''s model') FROM log_rank(VARIADIC (SELECT array_agg(s) FROM transplanted));

-- Corners of the estimate
CREATE FUNCTION pg_temp.of(text) RETURNS survival LANGUAGE sql AS
	$$SELECT survival_agg(abs(v::integer), v NOT LIKE '-%') FROM regexp_split_to_table($1, ' ') v$$;
SELECT is(median_survival(pg_temp.of('1 3 5 7')), 4::double precision, 'flat at a half: the middle');
SELECT is(median_survival(pg_temp.of('1 3 -5 -9')), 6::double precision, 'flat at a half to the end: the middle of that');
SELECT is(median_survival(pg_temp.of('1 -3 -5 -9')), NULL::double precision, 'never at a half');
SELECT is(survival_at(s, 2), 0.75::double precision, 'between two durations') FROM (VALUES (pg_temp.of('1 3 5 -7'))) v(s);
SELECT results_eq($$SELECT survival_at(s, 0), survival_at(s, 7), survival_at(s, 8) FROM (VALUES (pg_temp.of('1 3 5 -7'))) v(s)$$,
	'VALUES (1::double precision, 0.25::double precision, NULL::double precision)', 'at the beginning, at the end, beyond it');
SELECT is(survival_at(pg_temp.of('1 3'), 100), 0::double precision, 'beyond the end, when nobody is left');
SELECT results_eq($$SELECT subjects(s), churned(s), ignored(s), time_at_risk(s), hazard(s) FROM (VALUES (pg_temp.of('1 3 -5 -7'))) v(s)$$,
	'VALUES (4::bigint, 2::bigint, 0::bigint, 16::numeric, 0.125::double precision)', 'counts and hazard');
SELECT results_eq($$SELECT subjects(s), hazard(s), median_survival(s), survival_at(s, 1), mean_survival(s, 1) FROM (VALUES ('ignored=0'::survival)) v(s)$$,
	'VALUES (0::bigint, NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision)', 'nobody');
SELECT is((SELECT count(*) FROM survival_table('ignored=0')), 0::bigint, 'and no table');
SELECT results_eq($$SELECT survival, lower_limit, upper_limit FROM survival_table(pg_temp.of('-1 3 -5'), 0.95, 'log-log') WHERE duration = 1$$, 'VALUES (1::double precision, NULL::double precision, NULL::double precision)', 'log-log limits are none before the first loss');
SELECT results_eq($$SELECT survival, lower_limit, upper_limit FROM survival_table(pg_temp.of('-1 3 -5'), 0.95, 'log') WHERE duration = 1$$, 'VALUES (1::double precision, 1::double precision, 1::double precision)', 'where those of the logarithm are 1');
SELECT results_eq($$SELECT * FROM log_rank(pg_temp.of('1 2'))$$, 'VALUES (NULL::double precision, 0, NULL::double precision)', 'one group has nothing to be compared with');
SELECT results_eq($$SELECT df, p_value FROM log_rank(pg_temp.of('-1 -2'), pg_temp.of('-3'))$$, 'VALUES (0, NULL::double precision)', 'nor have groups without any loss');
SELECT is((SELECT df FROM log_rank(pg_temp.of('1 2 3 4'), NULL, 'ignored=0', pg_temp.of('2 3 5 8'))), 1, 'empty groups take no degree of freedom');
SELECT is((SELECT df FROM log_rank('ignored=0 churned=3:1,4:1 entered=2:2', pg_temp.of('1 2'))), 0, 'nor do groups that never meet');

-- Churn of integrated against other customers
SELECT ok(pg_temp.near(ARRAY[c.churn, c.other_churn, c.reduction], ARRAY[0.25, 0.5, 0.5]) AND p_value BETWEEN 0.1 AND 0.9, 'half as many are lost')
FROM churn_reduction(pg_temp.of('2 -9 -9 -9'), pg_temp.of('1 3 -9 -9'), 5) c;
-- ratio 0.5, variance of its logarithm 0.75 / (4 * 0.25) + 0.5 / (4 * 0.5) = 1: exp(log 0.5 +- 1.959963984540054)
SELECT ok(pg_temp.near(ARRAY[c.lower_limit, c.upper_limit], ARRAY[1 - 0.5 * exp(1.959963984540054), 1 - 0.5 * exp(-1.959963984540054)]), 'its limits')
FROM churn_reduction(pg_temp.of('2 -9 -9 -9'), pg_temp.of('1 3 -9 -9'), 5) c;
SELECT ok(c.churn IS NULL AND c.other_churn = 0.5 AND c.reduction IS NULL AND c.lower_limit IS NULL, 'not observed for so long') FROM churn_reduction(pg_temp.of('2 -3'), pg_temp.of('1 -9'), 5) c;
SELECT ok(c.reduction IS NULL AND c.other_churn = 0, 'nobody is lost to begin with') FROM churn_reduction(pg_temp.of('2 -9'), pg_temp.of('-9'), 5) c;

-- What cannot be used is ignored, and counted
SELECT is(survival_agg(e, c)::text, 'ignored=4 churned=5:1 censored=0:1', 'durations') FROM (VALUES (5, true), (0, false), (-1, true), (NULL, true), (5, NULL), (2000000000, true)) v(e, c);
SELECT is(survival_agg(b, e, c)::text, 'ignored=2 churned=5:3 entered=4:1', 'entries') FROM (VALUES (NULL, 5, true), (-3, 5, true), (4, 5, true), (5, 5, true), (6, 5, true)) v(b, e, c);
SELECT is(survival_agg(s, c, date '2026-01-31')::text, 'ignored=3 churned=10:1 censored=30:2', 'dates: lost, not yet, later; without a start, and before it')
FROM (VALUES (date '2026-01-01', date '2026-01-11'), ('2026-01-01', NULL), ('2026-01-01', '2026-03-01'), (NULL, '2026-01-11'), ('2026-02-01', NULL), ('2026-01-11', '2026-01-01')) v(s, c);
SELECT is(survival_agg(date '2026-01-01', c, date '2026-01-31')::text, 'ignored=0 churned=29:1,30:1 censored=30:1', 'who is lost on the day of the look is lost') FROM unnest('{2026-01-30,2026-01-31,2026-02-01}'::date[]) c;
SELECT is(survival_agg(s, i, c, date '2026-01-31')::text, 'ignored=1 churned=10:1 censored=30:1 entered=5:1', 'dates with entries: integrated on the sixth day, before the start, after the loss')
FROM (VALUES (date '2026-01-01', date '2026-01-06', date '2026-01-11'), ('2026-01-01', '2025-12-01', NULL), ('2026-01-01', '2026-01-20', '2026-01-11')) v(s, i, c);
SELECT is(survival_agg(timestamptz '2026-01-05 23:00 UTC', i, c, timestamptz '2026-01-31 UTC')::text, 'ignored=0 churned=2:1 censored=26:1 entered=1:2',
	'a day of integration: days of the calendar for the loss as well, not of 24 hours')
FROM (VALUES (date '2026-01-06', timestamptz '2026-01-07 10:00 UTC'), ('2026-01-06', NULL)) v(i, c);
SELECT is(survival_agg(s, NULL, t)::text, 'ignored=1 censored=1:1', 'times: whole days of 24 hours') FROM (VALUES (timestamp '2026-01-01 12:00', timestamp '2026-01-03 11:59'), ('-infinity', 'infinity')) v(s, t);
SELECT is(survival_agg(s, i, c, timestamptz '2026-02-01')::text, 'ignored=0 churned=10:1 entered=1:1', 'times with time zone, with entries')
FROM (VALUES (timestamptz '2026-01-01', timestamptz '2026-01-02 06:00', timestamptz '2026-01-11 00:00')) v(s, i, c);

-- The same bytes whatever the way
CREATE TABLE public.survival_row AS
SELECT i AS id, i % 7 AS g, CASE WHEN i % 3 = 0 THEN (hashint4(i) & 255) END AS entry, (hashint4(i + 1) & 1023) - 3 AS exit, CASE WHEN i % 101 <> 0 THEN i % 4 <> 0 END AS churned FROM generate_series(1, 20000) i;
ANALYZE public.survival_row;
CREATE FUNCTION pg_temp.bytes(survival) RETURNS text LANGUAGE sql AS 'SELECT md5(survival_send($1))';
CREATE TEMP TABLE whole AS SELECT survival_agg(entry, exit, churned) AS s FROM public.survival_row;
CREATE TEMP TABLE built AS SELECT g, survival_agg(entry, exit, churned) AS s FROM public.survival_row GROUP BY 1;
SELECT results_eq('SELECT duration, churned, censored FROM whole, survival_table(s)', $$SELECT exit, count(*) FILTER (WHERE churned), count(*) FILTER (WHERE NOT churned) FROM public.survival_row
	WHERE exit >= 0 AND churned IS NOT NULL AND (coalesce(entry, 0) <= 0 OR entry < exit) GROUP BY 1 ORDER BY 1$$, 'counts are those of plain SQL');
SELECT is((SELECT count(*) FROM survival_table((SELECT s FROM whole)) t WHERE at_risk <> (SELECT count(*) FROM public.survival_row
	WHERE exit >= t.duration AND churned IS NOT NULL AND (coalesce(entry, 0) <= 0 OR entry < exit AND entry < t.duration))), 0::bigint, 'and so are those at risk');
SELECT is((SELECT subjects(s) + ignored(s) FROM whole), 20000::bigint, 'every row is somewhere');
SELECT is((SELECT pg_temp.bytes(survival_agg(entry, exit, churned ORDER BY id DESC)) FROM public.survival_row), (SELECT pg_temp.bytes(s) FROM whole), 'backwards');
SELECT is((SELECT count(DISTINCT pg_temp.bytes(m)) FROM generate_series(1, 20) k, LATERAL (
		SELECT rollup(s ORDER BY hashint4(part + k)) AS m FROM (
			SELECT hashint4(id + k) % (1 + k) AS part, survival_agg(entry, exit, churned) AS s FROM public.survival_row GROUP BY 1) p) x), 1::bigint, 'cut into parts and merged, twenty ways');
SELECT is((SELECT rollup(s) FROM built), (SELECT s FROM whole), 'and that is the whole');
SELECT is((SELECT pg_column_size(s::text::survival) FROM whole), (SELECT pg_column_size(survival_agg(entry, exit, churned)) FROM public.survival_row), 'a value has no spare memory');
SELECT is((SELECT count(*) FROM built a, built b WHERE survival_combine(a.s, b.s) <> survival_combine(b.s, a.s)) + (SELECT count(*) FROM whole WHERE survival_combine(s, NULL) <> s OR survival_combine(NULL, s) <> s), 0::bigint, 'combine');
SELECT is((SELECT count(*) FROM (SELECT id, survival_agg(entry, exit, churned) OVER (ORDER BY id ROWS BETWEEN 40 PRECEDING AND CURRENT ROW) AS s FROM public.survival_row WHERE id <= 300) w
	WHERE s <> (SELECT survival_agg(entry, exit, churned) FROM public.survival_row o WHERE o.id BETWEEN w.id - 40 AND w.id)), 0::bigint, 'a moving window');
CREATE TEMP TABLE before AS SELECT g, s::text AS t FROM built;
SELECT is((SELECT count(_survival_accum(s, 5000, true)) + count(survival_combine(s, s)) FROM built) + (SELECT count(*) FROM built JOIN before USING (g) WHERE s::text <> t), 14::bigint, 'called by anybody, stored values stay');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT s FROM (SELECT s FROM built UNION ALL SELECT s::text::survival FROM built) x) d), 7::bigint, 'DISTINCT');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set plan_options 'COSTS OFF, VERBOSE'
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT survival_agg(entry, exit, churned) FROM public.survival_row'), 'Finalize Aggregate.*Workers Planned: [1-9].*Partial Aggregate', 'the aggregate is split over workers');
SELECT is((SELECT pg_temp.bytes(s) FROM (SELECT survival_agg(entry, exit, churned) AS s FROM public.survival_row) p), (SELECT pg_temp.bytes(s) FROM whole), 'workers give the same bytes');
SET LOCAL max_parallel_workers_per_gather = 0;

-- From outside
CREATE TEMP TABLE received (s survival);
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/survival.copy';
	copy bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0)
		|| int2send(1::int2) || int4send(length(value)) || value || int2send((-1)::int2);
	large oid := lo_from_bytea(0, copy);
BEGIN
	PERFORM lo_export(large, file), lo_unlink(large);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L WITH (FORMAT binary)', file);
	RETURN (SELECT s::text FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION pg_temp.refused(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN $1::survival::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT is((SELECT count(*) FROM built WHERE s::text::survival = s AND pg_temp.receive(survival_send(s)) = s::text), 7::bigint, 'text and binary form come back as they went');
SELECT is((SELECT string_agg(t, ' | ') FROM unnest(ARRAY['', 'ignored', 'ignored=-1', 'ignored=0 ', 'ignored=0 churned=', 'ignored=0 churned=1', 'ignored=0 churned=1:0', 'ignored=0 churned=-1:1',
	'ignored=0 churned=1:1,1:1', 'ignored=0 churned=1:1,', 'ignored=0 churned=134217728:1', 'ignored=0 churned=1:4294967296', 'ignored=0 censored=1:1 churned=1:1', 'ignored=0 entered=1:1',
	'ignored=0 churned=2:1 entered=2:1', 'ignored=0 churned=2:1 entered=0:1', 'ignored=0 churned=5:1 entered=2:2', 'ignored=9223372036854775807', 'ignored=0 churned=1:1 x']) t WHERE pg_temp.refused(t) <> '22P02'), NULL, 'text that is refused');
SELECT is('ignored=1 churned=9:1,3:2'::survival::text, 'ignored=1 churned=3:2,9:1', 'text in any order');
CREATE TEMP TABLE sample AS SELECT survival_send('ignored=2 churned=3:1,9:2 censored=9:1 entered=4:2') AS b;
SELECT is((SELECT count(*) FROM sample, generate_series(0, length(b) - 1) n WHERE pg_temp.receive(substr(b, 1, n)) NOT IN ('22P03', '08P01')), 0::bigint, 'cut off anywhere, it is refused');
SELECT is((SELECT count(*) FROM (SELECT pg_temp.receive(set_byte(b, n, (get_byte(b, n) + d) % 256)) FROM sample, generate_series(0, length(b) - 1) n, (VALUES (1), (127), (255)) v(d)) x(r)
	WHERE CASE WHEN r ~ '^[0-9]' THEN r NOT IN ('22P03', '08P01') ELSE r::survival::text <> r END), 0::bigint, 'with any byte changed, it is refused or is another valid value');

-- Refused arguments
SELECT throws_ok($$SELECT * FROM survival_table('ignored=0', 1)$$, '22003', 'confidence 1 is not between 0 and 1', 'a confidence');
SELECT throws_ok($$SELECT * FROM survival_table('ignored=0', 0.9, 'plain')$$, '22023', 'limits cannot be of kind "plain"', 'limits');
SELECT throws_ok($$SELECT * FROM survival_quantile('ignored=0', 'NaN')$$, '22003', 'quantile NaN is not between 0 and 1', 'a quantile');
SELECT throws_ok($$SELECT mean_survival('ignored=0', -1)$$, '22003', 'duration -1 is negative', 'a duration');
SELECT throws_ok($$SELECT log_rank(VARIADIC array_agg('ignored=0'::survival)) FROM generate_series(1, 1001)$$, '54000', 'too many groups to compare', 'groups');
SELECT throws_ok($$SELECT survival_combine('ignored=0 churned=5:4294967295', 'ignored=0 churned=5:1')$$, '54000', 'too many customers in one group', 'customers of one duration');
SELECT is(survival_combine('ignored=0 churned=5:4294967294', 'ignored=0 churned=5:1,6:1')::text, 'ignored=0 churned=5:4294967295,6:1', 'which may be as many as a count holds');

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS survival LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'survival of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'survival of unknown version 99', 'a stored value of another version: rollup(v)');

SELECT * FROM finish();
ROLLBACK;
