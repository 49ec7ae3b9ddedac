-- lead_flow: what it prints and what it refuses
SET search_path = ecosystem, public;

CREATE TEMP TABLE lead (giver text, receiver text, amount numeric);
INSERT INTO lead VALUES ('Atlas', 'Borealis', 10.50), ('Borealis', 'Atlas', NULL), ('Atlas', 'Borealis', 4), ('Atlas', NULL, 7), (NULL, 'Cobalt', 1), (NULL, NULL, 90), ('Dune', 'Dune', 2);
SELECT lead_flow_agg(giver, receiver, amount) FROM lead;
SELECT f.* FROM (SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM lead) l, lead_flows(l.flow) f;
SELECT r.* FROM (SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM lead) l, lead_reciprocity(l.flow) r;
SELECT k.* FROM (SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM lead) l, leads_by_kind(l.flow) k;
SELECT 'v1 "Atlas"=1:0'::lead_flow;
SELECT 'v1 "Atlas">"Borealis"=0:0'::lead_flow;
SELECT lead_flow_agg(repeat('x', 1001), NULL);
