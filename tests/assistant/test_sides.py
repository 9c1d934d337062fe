"""What a question sets side by side, and which of it a sentence names."""

from collections.abc import Callable

import pytest

from assistant import question, sides
from assistant.types import QuestionKind


class Words:
    """A library's words: all but a few, each as telling as another."""

    def __init__(self, *, unknown: tuple[str, ...] = (), common: tuple[str, ...] = (), short: str = "") -> None:
        self._unknown = unknown
        self._common = common
        self._short = short

    def __len__(self) -> int:
        return 0

    def search(self, _: str, **__: object) -> list[tuple[int, float]]:
        return []

    def corrected(self, query: str, *, is_word: Callable[[str], bool] = bool) -> str:
        return query if is_word(query) else ""

    def holds(self, word: str) -> bool:
        return word not in self._unknown

    def spelled_out(self, query: str) -> list[str]:
        return [self._short] if self._short and query.isupper() else []

    def idf(self, term: str) -> float:
        return 1.0 if term in self._common else 5.0


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("two-tower or cross-encoder?", ("two-tower", "cross-encoder")),
        ("difference between shadow deployment and canary release?", ("shadow deployment", "canary release")),
        ("pointwise vs. pairwise", ("pointwise", "pairwise")),
        ("Should I use batch or online prediction for emails?", ("batch", "online prediction")),
        ("compare bandits with A/B tests", ("bandits", "A/B tests")),
        ("Quantization, distillation or pruning: what first?", ("Quantization", "distillation", "pruning")),
        ("For CTR prediction, GBDT or a neural net, which one?", ("GBDT", "neural net")),
        ("Batch or streaming features - which should I pick?", ("Batch", "streaming features")),
        ("Shadow deployment or canary release first?", ("Shadow deployment", "canary release")),
        ("Is BM25 enough or do I need embeddings as well?", ("BM25", "embeddings")),
        ("Should we use a graph database instead of plain tables for this?", ("graph database", "tables")),
        ("When does interleaving beat an A/B test?", ("interleaving", "A/B test")),
        ("When is interleaving better than an A/B test?", ("interleaving", "A/B test")),
        ("Would you pick Thompson sampling over epsilon-greedy?", ("Thompson sampling", "epsilon-greedy")),
        ("Should I replace BM25 with dense vectors?", ("BM25", "dense vectors")),
        ("How does LoRA differ from full fine-tuning?", ("LoRA", "full fine-tuning")),
        ("How do precision and recall differ?", ("precision", "recall")),
        ("train the ranker on clicks or on bookings", ("clicks", "bookings")),
        ("Kafka plus Flink or a nightly Spark job for user features?", ("Kafka plus Flink", "nightly Spark job")),
        ("We have one GPU. LoRA or full fine-tuning?", ("LoRA", "full fine-tuning")),
        ("Does early stopping replace weight decay, or do I need both?", ("early stopping", "weight decay")),
        ("Would you rather start with BM25 or a two-tower network?", ("BM25", "two-tower network")),
        ("What do I lose with PQ compared to flat vectors?", ("PQ", "flat vectors")),
        ("first-price vs second-price auction, what changes?", ("first-price auction", "second-price auction")),
        ("Item-based or user-based filtering?", ("Item-based filtering", "user-based filtering")),
        ("pre-trained or user-based filtering?", ("pre-trained", "user-based filtering")),
        ("What is calibration?", ()),
        ("How do I handle missing or late events?", ()),
        ("Can I use SHAP for trees or linear models?", ()),
        ("Is there one or two stages?", ()),
        ("Can we average features over time windows?", ()),
    ],
)
def test_options_are_read_from_the_question(text: str, options: tuple[str, ...]) -> None:
    assert sides.options(text) == options


@pytest.mark.parametrize(
    "text",
    [
        "Is BM25 enough or do I need embeddings as well?",
        "When does interleaving beat an A/B test?",
        "BM25 or dense embeddings for searching our support articles?",
        "CLIP-style shared embedding or separate image and text indexes for product search?",
        "Deep ensembles or MC dropout when I need uncertainty estimates?",
    ],
)
def test_what_weighs_options_is_a_comparison(text: str) -> None:
    assert question.understand(text).kind is QuestionKind.COMPARISON


def which(names: tuple[str, ...], sentence: str, *, above: str = "", words: Words | None = None) -> set[str]:
    """The names that a sentence names."""
    among = sides.of_names(names, Words() if words is None else words)
    return {names[place] for place in sides.named(among, sentence, above=above)}


def test_an_option_is_named_in_any_inflection() -> None:
    assert which(("cross-encoder", "bi-encoder"), "Cross-encoders read both texts.") == {"cross-encoder"}
    assert which(("batch norm", "layer norm"), "Batch normalization suffers from tiny batches.") == {"batch norm"}
    assert which(("RAG", "fine-tuning"), "Ragged arrays are slow.") == set()
    assert which(("neural net", "trees"), "Neural networks need more rows.") == {"neural net"}
    assert which(("net", "trees"), "Netflix has more rows.") == set()


def test_an_option_is_named_by_its_initials_and_by_what_they_stand_for() -> None:
    names = ("MC dropout", "deep ensembles")
    assert which(names, "Monte Carlo dropout needs several passes.") == {"MC dropout"}
    assert which(names, "Dropout is a regularizer.") == set()
    psi = ("population stability index", "KL divergence")
    assert which(psi, "PSI sums over bins.") == {"population stability index"}
    gbdt = Words(short="gradient-boosted decision trees")
    assert "GBDT" in which(("GBDT", "net"), "Gradient-boosted trees win on tabular data.", words=gbdt)


def test_what_options_share_may_stand_in_the_titles() -> None:
    names = ("random search", "grid search")
    assert which(names, "Random beats grid.", above="Grid, random or Bayesian search") == set(names)
    assert which(names, "Random beats grid.") == set()
    common = Words(common=("data", "model"))
    parallel = ("data parallelism", "model parallelism")
    assert which(parallel, "The data are split.", above="Data and model parallelism", words=common) == set()


def test_a_label_of_a_table_names_by_what_is_an_options_own() -> None:
    names = ("first-price auction", "second-price auction")
    common = Words(common=("first", "second"))
    assert which(names, "Second price", above="Ad auctions", words=common) == {"second-price auction"}
    assert which(names, "Second price", above="Markets", words=Words(common=("second", "price"))) == set()
    assert which(names, "Price", above="Ad auctions", words=common) == set()


def test_a_hyphenated_word_of_its_own_names_an_option_where_titles_hold_the_rest() -> None:
    names = ("item-based filtering", "user-based filtering")
    words = Words(common=("item", "user", "filter"))
    sentence = "User-based systems are hard to serve at scale."
    assert which(names, sentence, above="Filtering", words=words) == {"user-based filtering"}
    assert which(names, sentence, above="Search", words=words) == set()
    assert which(names, "Users who are served need scale.", above="Filtering", words=words) == set()


def test_a_long_name_is_not_named_without_a_word_of_its_own() -> None:
    names = ("item-based collaborative filtering", "user-based collaborative filtering")
    said = "Content-based filtering beats collaborative filtering when interactions per item are few."
    assert which(names, said) == set()
    assert which(names, "Collaborative filtering per item is cheap.") == {"item-based collaborative filtering"}


def test_a_word_that_the_library_does_not_hold_neither_names_nor_hinders() -> None:
    words = Words(unknown=("flink",))
    side = sides.of_names(("Kafka plus Flink", "Spark"), words)[0]
    assert side.unknown == ("Flink",)
    assert which(("Kafka plus Flink", "Spark"), "Kafka keeps events in order.", words=words) == {"Kafka plus Flink"}


def test_a_question_is_left_without_the_names_that_are_unknown() -> None:
    assert sides.without("Kafka plus Flink or a nightly job?", ["Flink"]) == "Kafka or a nightly job?"
    assert sides.without("How do Uber's and DoorDash's estimates differ?", ["DoorDash"]) == (
        "How do Uber's estimates differ?"
    )


def test_what_is_unknown_may_be_left_out_if_it_belongs_to_an_option_and_one_is_known() -> None:
    words = Words(unknown=("flink", "milvus", "qdrant", "lion"))
    some = sides.of_names(("Kafka plus Flink", "Spark"), words)
    assert sides.are_left(some, without=["Flink"])
    assert not sides.are_left(some, without=["Flink", "Lion"])
    assert not sides.are_left(sides.of_names(("Milvus", "Qdrant"), words), without=["Milvus", "Qdrant"])


def test_the_words_of_a_name_stand_together() -> None:
    names = ("item-based filtering", "user-based filtering")
    assert which(names, "Filtering by item is cheap.") == {"item-based filtering"}
    far = "Content filtering beats the rest in most of the cases where events per item are few."
    assert which(names, far) == set()


def test_an_option_is_named_with_the_librarys_abbreviation_in_it() -> None:
    class Short(Words):
        def spelled_out(self, query: str) -> list[str]:
            return ["collaborative filtering"] if query == "cf" else []

    names = ("item-based collaborative filtering", "user-based collaborative filtering")
    assert which(names, "User-based CF is hard to serve.", words=Short()) == {"user-based collaborative filtering"}
    assert which(names, "User-based CF is hard to serve.") == set()


def test_the_initials_of_an_abbreviation_that_the_library_uses_are_those_of_names() -> None:
    names = ("DCN", "DeepFM")
    assert which(names, "Deep Cross Networks learn crosses.") == {"DCN"}
    assert which(names, "Receipts need detectors; crops need models.") == set()
    assert which(names, "Receipts need detect crop number steps.") == set()
    loose, rare = ("MC dropout", "deep ensembles"), Words(unknown=("mc",))
    assert which(loose, "Many chances with dropout.", words=rare) == {"MC dropout"}
    assert which(loose, "Many chances with dropout.") == set()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("LoRA or full fine-tuning of a 7B model with 5k examples?", ("LoRA", "full fine-tuning")),
        ("Is a GNN worth it over node2vec for friend suggestions?", ("GNN", "node2vec")),
        ("RAG vs fine-tuning so that the bot knows our documents", ("RAG", "fine-tuning")),
        ("warm start or training from scratch?", ("warm start", "training from scratch")),
    ],
)
def test_a_name_ends_where_its_circumstances_begin(text: str, options: tuple[str, ...]) -> None:
    assert sides.options(text) == options
