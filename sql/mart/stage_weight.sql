-- stage_weight: how much a partner can still change in a deal, by its stage; a stage without a row counts half.
-- kind: settings
-- tier: 1
-- key: stage
-- columns:
--   stage text not null               Stage, as in deal.stage; upper and lower case make no difference.
--   weight numeric(9,6)               From 0 (too late) to 1 (now is the time).
SELECT stage, weight
FROM  (VALUES ('prospecting', 1.0), ('qualification', 1.0), ('needs analysis', 1.0), ('discovery', 1.0), ('appointmentscheduled', 1.0),
              ('qualifiedtobuy', 1.0), ('value proposition', 0.9), ('evaluation', 0.8), ('presentationscheduled', 0.8),
              ('id. decision makers', 0.8), ('perception analysis', 0.7), ('proposal', 0.5), ('proposal/price quote', 0.5),
              ('decisionmakerboughtin', 0.5), ('negotiation', 0.2), ('negotiation/review', 0.2), ('contractsent', 0.2)) AS s(stage, weight)
