"""An entailment model from a folder: a tiny real one, made here, whose last layer says one thing whatever it reads."""

from pathlib import Path

import pytest

from assistant import build, entail
from assistant.answer import Assistant
from assistant.entail import CrossEntailment, Relation
from assistant.settings import Settings
from assistant.types import Answer, Declined
from assistant.writer import Writer
from index.errors import ModelError
from tests.assistant.test_writer import TRUE, ScriptedGenerator, cited

LABELS = ("contradiction", "entailment", "neutral")


def made(folder: Path, *, says: str, labels: tuple[str, ...] = LABELS) -> Path:
    """Save a cross-encoder that always says one label."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "canary", "release"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([9.0 if label == says else 0.0 for label in labels]))
    model.save_pretrained(folder)
    return folder


@pytest.mark.model
def test_the_models_own_labels_say_which_output_is_which(tmp_path: Path) -> None:
    judge = CrossEntailment(made(tmp_path, says="entailment"))
    (one,) = judge.relations([("a canary", "release")])
    assert one.entails > 0.99
    assert one.contradicts < 0.01
    assert judge.relations([]) == []


@pytest.mark.model
def test_a_model_of_something_else_is_refused_by_its_labels(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="labels good, bad, fair; wanted are entailment and contradiction"):
        CrossEntailment(made(tmp_path, says="good", labels=("good", "bad", "fair")))


def test_a_folder_without_a_model_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no config.json"):
        CrossEntailment(tmp_path)


class Fixed:
    def __init__(self, *relations: Relation) -> None:
        self._relations = relations

    def relations(self, pairs: list[tuple[str, str]]) -> list[Relation]:
        assert len(pairs) == len(self._relations)
        return list(self._relations)


def test_one_quotation_that_entails_outweighs_one_that_contradicts() -> None:
    contra, entails = Relation(0.1, 0.8), Relation(0.7, 0.1)
    assert entail.is_contradicted("s", ["a"], Fixed(contra))
    assert not entail.is_contradicted("s", ["a", "b"], Fixed(contra, entails))
    assert entail.is_entailed("s", ["a", "b"], Fixed(contra, entails))
    assert not entail.is_contradicted("s", [], Fixed())


@pytest.mark.model
def test_premises_follow_the_model_that_the_setting_names(guide_home: Path, tmp_path: Path) -> None:
    question = "why does shadow deployment double serving cost"
    said = {}
    for says in ("entailment", "contradiction"):
        folder = tmp_path / says
        folder.mkdir()
        assistant = build.assistant(Settings(home=guide_home, nli=made(folder, says=says)))
        said[says] = assistant.ask(question)
    assert isinstance(said["entailment"], Answer)
    assert isinstance(said["contradiction"], Declined)
    assert "takes for granted" in said["contradiction"].reason


@pytest.mark.model
def test_a_written_sentence_that_is_contradicted_is_dropped_though_its_words_are_there(
    guide: Assistant, tmp_path: Path
) -> None:
    def ask(generator: ScriptedGenerator, judge: CrossEntailment | None) -> Answer:
        writer = Writer(generator, context_tokens=4096, is_strict=True, entailment=judge)
        result = Assistant(guide._serving, guide._embedder, writer=writer).ask("What is position bias?")
        assert isinstance(result, Answer)
        return result

    probe = ScriptedGenerator("NO ANSWER")
    ask(probe, None)
    reply = TRUE.replace("[2]", f"[{cited(probe)}]")
    assert ask(ScriptedGenerator(reply), None).note.startswith("1 of 1")
    judge = CrossEntailment(made(tmp_path, says="contradiction"))
    assert "quotations alone" in ask(ScriptedGenerator(reply), judge).note
