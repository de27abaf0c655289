-- What schema version 2 left of two hours of a chain: `sqlite3 FILE .dump`, and the two pragmas that a dump leaves out.
PRAGMA user_version = 2;
PRAGMA application_id = 1465077842;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('instance_id','248563e7-17d7-4f68-9fac-93dcb2b12532');
CREATE TABLE rows (
    namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, chain TEXT NOT NULL, target TEXT NOT NULL, route_type TEXT NOT NULL, placeholder INTEGER NOT NULL, rank INTEGER, declared_at REAL NOT NULL, announced_at REAL NOT NULL,
    seen_at REAL NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (namespace, service, environment, chain, target, route_type)
  ) WITHOUT ROWID;
INSERT INTO "rows" VALUES('','shop','','summarize','claude','fallback',0,1,1767229200000.0,1767232800000.0,1767232800000.0,'{"organic":{"success":{"at":1767232800000,"traceId":"00000000000000a300000000000000a3","spanId":"00000000000000a3"}}}');
INSERT INTO "rows" VALUES('','shop','','summarize','gpt','primary',0,0,1767229200000.0,1767232800000.0,1767232800000.0,'{"organic":{"failure":{"at":1767229200000,"traceId":"00000000000000a100000000000000a1","spanId":"00000000000000a1","outcome":"error"}}}');
INSERT INTO "rows" VALUES('','shop','','summarize','rules','heuristic',0,2,1767229200000.0,1767232800000.0,1767232800000.0,'{}');
CREATE TABLE chains (
    namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, chain TEXT NOT NULL, announced_at REAL NOT NULL,
    PRIMARY KEY (namespace, service, environment, chain)
  ) WITHOUT ROWID;
INSERT INTO chains VALUES('','shop','','summarize',1767232800000.0);
CREATE TABLE series (
    namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, chain TEXT NOT NULL, target TEXT NOT NULL, route_type TEXT NOT NULL, metric TEXT NOT NULL, attributes TEXT NOT NULL, value REAL NOT NULL, sum REAL NOT NULL, counts TEXT NOT NULL,
    start_time REAL NOT NULL, PRIMARY KEY (namespace, service, environment, chain, target, route_type, metric, attributes)
  ) WITHOUT ROWID;
INSERT INTO series VALUES('','shop','','summarize','','','llm_fallback.chain.exhausted','{}',0.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','','','llm_fallback.chain.unprotected','{}',0.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','claude','fallback','llm_fallback.call.duration','{"llm_fallback.call.outcome":"success"}',2.0,2.0,'[0,0,0,0,0,0,0,2,0,0,0,0,0,0,0]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','claude','fallback','llm_fallback.calls','{"llm_fallback.call.outcome":"error","llm_fallback.exercise.kind":"organic"}',0.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','claude','fallback','llm_fallback.calls','{"llm_fallback.call.outcome":"success","llm_fallback.exercise.kind":"organic"}',2.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','claude','fallback','llm_fallback.cost','{"llm_fallback.cost.currency":"USD"}',0.5,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','gpt','primary','llm_fallback.call.duration','{"llm_fallback.call.outcome":"error"}',1.0,1.0,'[0,0,0,0,0,0,0,1,0,0,0,0,0,0,0]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','gpt','primary','llm_fallback.calls','{"llm_fallback.call.outcome":"error"}',1.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','gpt','primary','llm_fallback.calls','{"llm_fallback.call.outcome":"success"}',0.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','rules','heuristic','llm_fallback.calls','{"llm_fallback.call.outcome":"error","llm_fallback.exercise.kind":"organic"}',0.0,0.0,'[]',1767229200000.0);
INSERT INTO series VALUES('','shop','','summarize','rules','heuristic','llm_fallback.calls','{"llm_fallback.call.outcome":"success","llm_fallback.exercise.kind":"organic"}',0.0,0.0,'[]',1767229200000.0);
CREATE TABLE watermarks (namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (namespace, service, environment)) WITHOUT ROWID;
INSERT INTO watermarks VALUES('','shop','',1767232800000.0);
CREATE TABLE tombstones (namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, chain TEXT NOT NULL, target TEXT NOT NULL, route_type TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (namespace, service, environment, chain, target, route_type)) WITHOUT ROWID;
CREATE TABLE window (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, hashes BLOB NOT NULL);
INSERT INTO "window" VALUES(1,1767229200000.0,X'0f5237736caefb03d10b7a3daba71278');
INSERT INTO "window" VALUES(2,1767232800000.0,X'103166d0b8d8e3326cfb7628509a78cb');
CREATE TABLE facts (namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, chain TEXT NOT NULL, target TEXT NOT NULL, route_type TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (namespace, service, environment, chain, target, route_type, kind)) WITHOUT ROWID;
INSERT INTO facts VALUES('','shop','','summarize','','','failover','{"verdict":{},"breakers":{},"lastSuccessAt":0,"failures":[{"at":1767229200000,"traceId":"00000000000000a100000000000000a1","spanId":"00000000000000a1","because":"error"}],"lastFailures":[{"at":1767229200000,"traceId":"00000000000000a100000000000000a1","spanId":"00000000000000a1","because":"error"}]}');
INSERT INTO facts VALUES('','shop','','summarize','','','succeeded','0');
INSERT INTO facts VALUES('','shop','','summarize','claude','fallback','activity','{"from":1963588,"counts":[1,0,0,0,1]}');
INSERT INTO facts VALUES('','shop','','summarize','claude','fallback','assumptions','{"available":{"proved":{"at":1767232800000,"traceId":"00000000000000a300000000000000a3","spanId":"00000000000000a3","because":"success"}}}');
INSERT INTO facts VALUES('','shop','','summarize','gpt','primary','activity','{"from":1963588,"counts":[1]}');
CREATE TABLE unassigned (
    namespace TEXT NOT NULL, service TEXT NOT NULL, environment TEXT NOT NULL, provider TEXT NOT NULL, request_model TEXT NOT NULL, calls REAL NOT NULL, last_seen REAL NOT NULL,
    PRIMARY KEY (namespace, service, environment, provider, request_model)
  ) WITHOUT ROWID;
INSERT INTO unassigned VALUES('','shop','','','mistral',1.0,1767232800000.0);
CREATE TABLE journal (seq INTEGER PRIMARY KEY, changes TEXT NOT NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('window',2);
COMMIT;
