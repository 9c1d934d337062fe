-- A library as schema 3 (0.1.0) wrote it, with a question that the first document answers: two documents, their sources, a page, a source of the user's own, a copy.
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    text TEXT NOT NULL,
    text_digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX documents_by_source ON documents (source_id);
CREATE TABLE sources (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE pages (
    source_id TEXT NOT NULL, url TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (source_id, url)
);
CREATE TABLE own_sources (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE signatures (document_id TEXT PRIMARY KEY, text_digest TEXT NOT NULL, value BLOB NOT NULL);
CREATE TABLE copies (document_id TEXT PRIMARY KEY, of TEXT NOT NULL);
INSERT INTO documents VALUES ('ranking', 'ranking', 'Ranking
A ranker orders candidates.', 'a2b8b6bd633e198e94a1c9e3e7a4dc51b34ed17dd99d5fce54996239a0f69356', '{"asked": [[8, 35, "what puts candidates in order"]], "authors": ["A. Writer"], "canonical": "https://example.org/r", "note": "", "blocks": [["heading", 0, 7, 1, null, null], ["paragraph", 8, 35, 0, null, null]], "digest": "0000000000000000000000000000000000000000000000000000000000000000", "fetched_at": "2026-11-23T23:14:19+00:00", "id": "ranking", "kind": "blog", "organisations": ["Example"], "published": "2019-06", "source_id": "ranking", "steps": [4], "title": "Ranking", "topics": ["ranking"], "url": "https://example.org/ranking", "via": "live"}');
INSERT INTO documents VALUES ('recall', 'recall', 'Recall counts what was found.', '1d9de9a08f77bf996c68f5ed6438cb3a808873a0555404136950af5fb67b430b', '{"authors": [], "canonical": "", "note": "an abstract", "blocks": [["paragraph", 0, 29, 0, null, null]], "digest": "1111111111111111111111111111111111111111111111111111111111111111", "fetched_at": "2026-11-23T23:14:19+00:00", "id": "recall", "kind": "paper", "organisations": [], "published": "", "source_id": "recall", "steps": [], "title": "Recall", "topics": [], "url": "https://example.org/recall", "via": "wayback"}');
INSERT INTO sources VALUES ('ranking', '{"attempts": 0, "documents": 1, "fetched_at": "2026-11-23T23:14:19+00:00", "final_url": "https://example.org/ranking", "id": "ranking", "message": "", "next_try": null, "reason": null, "status": "alive", "via": "live"}');
INSERT INTO sources VALUES ('recall', '{"attempts": 3, "documents": 1, "fetched_at": null, "final_url": "", "id": "recall", "message": "no answer", "next_try": "2026-11-24T23:14:19+00:00", "reason": "unreachable", "status": "archived", "via": "wayback"}');
INSERT INTO pages VALUES ('ranking', 'https://example.org/ranking', '{"archived": "20261123T231419000000.warc.gz", "body_digest": "abc", "documents": ["ranking"], "etag": "\"1\"", "fetched_at": "2026-11-23T23:14:19+00:00", "final_url": "https://example.org/ranking", "last_modified": "", "links": [], "message": "", "reason": null, "url": "https://example.org/ranking", "via": "live"}');
INSERT INTO own_sources VALUES ('mine', '{"alternates": [], "authors": [], "id": "mine", "kind": "blog", "title": "Mine", "url": "https://mine.example/"}');
INSERT INTO copies VALUES ('recall', 'ranking');
PRAGMA user_version = 3;
