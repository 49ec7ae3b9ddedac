-- partner_network: what it prints and what it refuses
SET search_path = ecosystem, public;

CREATE TEMP TABLE deal_partner (deal text, partner text, amount numeric);
INSERT INTO deal_partner VALUES
	('d1', 'Atlas', 1200.50), ('d1', 'Borealis', 1200.5), ('d1', 'Atlas', NULL),
	('d2', 'Atlas', 800), ('d2', 'Borealis', 800), ('d2', 'Cobalt', 800),
	('d3', 'Cobalt', 50), ('d3', 'Dune', 50),
	('d4', 'Atlas', 10),
	('d5', NULL, 7),
	(NULL, 'Ember', NULL);
CREATE TEMP TABLE built AS SELECT partner_network_agg(deal, partner, amount) AS net FROM deal_partner;

SELECT t.* FROM built, network_totals(net) t \gx
SELECT p.* FROM built, partners_per_node(net) p;
SELECT p.partner, p.other_partner, p.shared_nodes, p.shared_amount, round(p.jaccard::numeric, 3) AS jaccard,
       p.share_of_partner, p.share_of_other, round(p.lift::numeric, 3) AS lift
FROM   built, partner_pairs(net) p;
SELECT c.partner, c.nodes, c.amount, c.exclusive_nodes, c.exclusive_amount, c.connections, c.connection_share, c.strength,
       round(c.pagerank::numeric, 9) AS pagerank
FROM   built, partner_centrality(net) c;
-- Cobalt is the only way to Dune
SELECT r.partner, r.nodes, r.shared_nodes AS shared, r.shared_amount, r.ended_nodes AS ended, r.ended_amount,
       round(r.others_change::numeric, 3) AS others_change, r.connections_lost AS lost, r.partners_left_unconnected AS left, r.components_after AS components
FROM   built, network_removal(net) r;
SELECT ecosystem_verdict(net) FROM built;
SELECT net FROM (SELECT partner_network_agg(deal, partner, amount) AS net FROM deal_partner WHERE deal = 'd1') s;
SELECT partner_network_agg(deal, partner) FROM deal_partner WHERE false;

-- stored networks, merged as rows come
CREATE TEMP TABLE monthly (month int PRIMARY KEY, net partner_network);
INSERT INTO monthly SELECT 1, partner_network_agg(deal, partner) FROM deal_partner WHERE deal < 'd3';
INSERT INTO monthly SELECT 1, partner_network_agg(deal, partner) FROM deal_partner WHERE deal > 'd1'
ON CONFLICT (month) DO UPDATE SET net = partner_network_combine(monthly.net, excluded.net);
SELECT t.nodes, t.connected_pairs FROM monthly, network_totals(net) t;

-- refused
SELECT partner_network_agg(d, p, a) FROM (VALUES ('d1', 'x', 10.0), ('d1', 'y', 9)) v(d, p, a);
SELECT partner_network_agg(d, p, a) FROM (VALUES ('d1', 'y', 9), ('d1', 'x', 10.0)) v(d, p, a);
SELECT rollup(n) FROM (SELECT partner_network_agg(1, 2) UNION ALL SELECT partner_network_agg('1'::text, 2)) s(n);
SELECT partner_network_agg(1, 2, 'infinity');
SELECT partner_network_agg(repeat('x', 1001), 2);
SELECT * FROM network_removal((SELECT net FROM built), 0);
SELECT '01zz'::partner_network;
SELECT '01'::partner_network;
SELECT ('02' || repeat('00', 19))::partner_network;
SELECT ('0100000000000002' || repeat('00', 12))::partner_network;
SELECT ('0100000000000002' || repeat('00', 12) || '01610161')::partner_network;
