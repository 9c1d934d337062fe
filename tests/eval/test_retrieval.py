import json
from pathlib import Path

import pytest

from eval import ann, collections, gate, golden, report, results, retrieval
from eval.errors import CollectionError, GateError
from eval.golden import GoldenQuestion, Judgment, Split
from eval.retrieval import Plan
from index.search import Mode
from tests.eval.test_collections import make
from tests.parts import HashEmbedder, document

CORPUS = [
    {"_id": "d1", "title": "Sampling", "text": "Negative sampling draws items that nobody watched."},
    {"_id": "d2", "title": "Release", "text": "A canary release sends little traffic to a new model."},
    {"_id": "d3", "title": "Serving", "text": "Batch prediction is stored and looked up."},
]


@pytest.fixture
def collection(tmp_path: Path) -> collections.Collection:
    folder = make(tmp_path / "tiny", corpus=CORPUS, qrels="q1\td2\t1\nq2\td1\t1\n")
    queries = [{"_id": "q1", "text": "canary traffic"}, {"_id": "q2", "text": "negative items"}]
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(one) for one in queries), encoding="utf-8")
    return collections.load(folder)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("chunking", ["passages", "none"])
def test_each_system_finds_what_shares_words(
    collection: collections.Collection, tmp_path: Path, mode: Mode, chunking: str
) -> None:
    found = retrieval.evaluate(collection, Plan(mode, chunking), home=tmp_path, embedder=HashEmbedder())
    assert found.measures["nDCG@10"] == 1.0
    assert found.queries == 2
    assert found.latency_ms["p50"] > 0
    assert next(iter(found.run["q1"]))[0] == "d2"


def test_a_documents_score_is_that_of_its_best_chunk(tmp_path: Path) -> None:
    long = " ".join(["Filler words stand here."] * 120) + "\n\nCanary traffic."
    folder = make(tmp_path / "long", corpus=[{"_id": "d1", "title": "", "text": long}])
    held = collections.load(folder)
    found = retrieval.evaluate(held, Plan(), home=tmp_path, embedder=HashEmbedder())
    assert [id for id, _ in found.run["q1"]] == ["d1"]


def test_a_run_is_as_deep_as_asked_although_each_document_has_many_chunks(tmp_path: Path) -> None:
    long = "\n\n".join(" ".join(["Canary traffic tells."] * 60) for _ in range(20))
    corpus = [{"_id": f"d{number}", "title": "", "text": long} for number in range(1, 8)]
    held = collections.load(make(tmp_path / "long", corpus=corpus))
    found = retrieval.evaluate(held, Plan(depth=6), home=tmp_path, embedder=HashEmbedder())
    assert len(found.run["q1"]) == 6


def test_what_is_empty_is_not_found_and_counts_as_nothing_found(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", corpus=[*CORPUS, {"_id": "d4", "text": ""}], qrels="q1\td4\t1\nq2\td1\t1\n")
    queries = [{"_id": "q1", "text": "canary"}, {"_id": "q2", "text": " "}, {"_id": "q3", "text": "unjudged"}]
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(one) for one in queries), encoding="utf-8")
    found = retrieval.evaluate(collections.load(folder), Plan(), home=tmp_path, embedder=HashEmbedder())
    assert found.queries == 2
    assert found.measures["nDCG@10"] == 0.0
    assert "d4" not in dict(found.run["q1"])
    assert found.run["q2"] == []


def test_an_unknown_chunking_is_refused(collection: collections.Collection, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="unknown chunking 'tiny', wanted one of passages, none"):
        retrieval.evaluate(collection, Plan(chunking="tiny"), home=tmp_path, embedder=HashEmbedder())


GUIDE = [
    document("# Bias\n\nPosition bias makes the first item look good.\n\nWeights correct it.", id="bias", title="Bias"),
    document("# Canary\n\nA canary takes one percent of traffic.", id="canary", title="Canary"),
]


def question(id: str, text: str, judgment: Judgment) -> GoldenQuestion:
    return GoldenQuestion(id=id, question=text, kind="fact", topic=id, split=Split.TEST, judgments=(judgment,))


def test_golden_questions_are_measured_by_passage(tmp_path: Path) -> None:
    asked = [
        question("g1", "position bias", Judgment("bias", "Position bias makes the first item look good.", 3)),
        question("g2", "canary traffic", Judgment("canary", "one percent of traffic", 3)),
    ]
    found = retrieval.evaluate_golden(asked, GUIDE, Plan(), home=tmp_path, embedder=HashEmbedder())
    assert found.measures["RR@10"] == 1.0


@pytest.mark.parametrize(
    ("judgment", "message"),
    [
        (Judgment("bias", "Words that nobody wrote.", 3), "no longer holds 'Words that nobody wrote.'"),
        (Judgment("lost", "x", 3), "'lost' is not in the index"),
    ],
)
def test_judgments_that_no_longer_fit_stop_the_measurement(tmp_path: Path, judgment: Judgment, message: str) -> None:
    with pytest.raises(CollectionError, match=message):
        retrieval.evaluate_golden(
            [question("g1", "bias", judgment)], GUIDE, Plan(), home=tmp_path, embedder=HashEmbedder()
        )


def test_a_question_has_judgments_or_a_reason_to_decline_never_both() -> None:
    with pytest.raises(ValueError, match="never both or none"):
        GoldenQuestion(id="g1", question="x", kind="fact", topic="x", split=Split.DEV)


def test_the_curve_starts_with_exact_search_and_reaches_it(collection: collections.Collection, tmp_path: Path) -> None:
    embedder = HashEmbedder()
    held = retrieval.index(collection.documents, name="tiny", home=tmp_path, embedder=embedder)
    points = ann.curve(held.dense, embedder.encode(list(collection.queries.values())), ladder=(16, 64))
    held.close()
    assert [(one.ef_search, one.is_used) for one in points] == [(0, False), (16, False), (64, False), (200, True)]
    assert points[-1].recall == 1.0
    assert all(one.queries_per_second > 0 for one in points)


POINTS = [ann.Point(0, 1.0, 100.0), ann.Point(16, 0.98, 900.0), ann.Point(200, 1.0, 300.0, is_used=True)]


def measured(collection: collections.Collection, home: Path) -> report.Part:
    plans = [Plan(mode, without=tuple(retrieval.WITHOUT) if mode is Mode.HYBRID else ()) for mode in Mode]
    found = {plan.mode: retrieval.evaluate(collection, plan, home=home, embedder=HashEmbedder()) for plan in plans}
    return report.Part("tiny", found, POINTS)


def test_the_report_stands_alone_and_shows_every_system(collection: collections.Collection, tmp_path: Path) -> None:
    evaluations = {
        mode: retrieval.evaluate(collection, Plan(mode), home=tmp_path, embedder=HashEmbedder()) for mode in Mode
    }
    part = report.Part("<tiny>", evaluations, POINTS, {"q1": "fact", "q2": "fact"})
    page = report.page([part], made="now")
    assert "&lt;tiny&gt;" in page
    assert '<th scope="row">200 (in use)</th>' in page
    assert page.count("<svg") == 4
    assert all(f'<th scope="row">{name}</th>' in page for name in ("BM25", "dense", "BM25 + dense by rank", "ninestep"))
    assert "http://" not in page.replace("http://www.w3.org", ""), "only the namespaces of SVG are addresses"
    assert "https://" not in page


def test_each_part_of_the_product_is_measured_by_leaving_it_out(
    collection: collections.Collection, tmp_path: Path
) -> None:
    part = measured(collection, tmp_path)
    told = {one.against: one.comparison for one in report.without(part)}
    assert set(told) == set(retrieval.WITHOUT)
    assert all(one.b == pytest.approx(part.evaluations[Mode.HYBRID].measures["nDCG@10"]) for one in told.values())
    page = report.page([part], made="now")
    assert all(f'<th scope="row">{name}</th>' in page for name in retrieval.WITHOUT)
    assert page.count("<svg") == 4


def test_a_kept_result_names_its_origin_and_is_small(collection: collections.Collection, tmp_path: Path) -> None:
    origin = results.origin()
    path = results.save(tmp_path / "results", measured(collection, tmp_path), origin)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "tiny.json"
    assert (kept["commit"], kept["machine"], kept["made"]) == (origin.commit, origin.machine, origin.made)
    assert kept["settings"]["corpus_digest"]
    assert kept["systems"]["hybrid"]["measures"]["nDCG@10"] == 1.0
    assert {one["against"] for one in kept["without"]} == set(retrieval.WITHOUT)
    assert "per_query" not in path.read_text(encoding="utf-8")


def test_a_run_keeps_one_document_or_more() -> None:
    with pytest.raises(CollectionError, match="1 or more documents"):
        Plan(depth=0)


def test_the_gate_lets_one_flipped_judgment_pass_and_no_more(
    collection: collections.Collection, tmp_path: Path
) -> None:
    found = retrieval.evaluate(collection, Plan(Mode.LEXICAL), home=tmp_path, embedder=HashEmbedder())
    passing = gate.Floor(collection.digest, 2, {"nDCG@10": 1.5})
    failing = gate.Floor(collection.digest, 2, {"nDCG@10": 1.51})
    assert gate.check(found, digest=collection.digest, floor=passing) == []
    assert "its floor 1.5100" in gate.check(found, digest=collection.digest, floor=failing)[0]


def test_the_gate_refuses_another_corpus_and_never_lowers_a_floor(
    collection: collections.Collection, tmp_path: Path
) -> None:
    found = retrieval.evaluate(collection, Plan(), home=tmp_path, embedder=HashEmbedder())
    with pytest.raises(GateError, match="measure the same corpus"):
        gate.check(found, digest="0" * 64, floor=gate.Floor(collection.digest, 2, {}))
    with pytest.raises(GateError, match="a floor never is"):
        gate.raised(found, digest="d", old=gate.Floor("d", 2, {"nDCG@10": 1.51}))
    assert gate.raised(found, digest="d", old=gate.Floor("d", 2, {"nDCG@10": 1.1})).measures["nDCG@10"] == 1.1
    raised = gate.raised(found, digest="d", old=gate.Floor("d", 2, {"nDCG@10": 0.5}))
    assert raised.measures["nDCG@10"] == 1.0
    path = tmp_path / "floors.toml"
    path.write_text(gate.text({"tiny": raised}), encoding="utf-8")
    assert gate.floors(path) == {"tiny": raised}


def test_the_projects_own_golden_questions_and_floors_can_be_read() -> None:
    assert isinstance(golden.load(), tuple)
    assert isinstance(gate.floors(), dict)
