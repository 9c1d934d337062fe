import pytest

from assistant.errors import QuestionError
from assistant.question import parts, subject, understand
from assistant.types import QuestionKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Design a newsfeed", QuestionKind.DESIGN),
        ("How do I design a video recommendation system?", QuestionKind.DESIGN),
        ("how would you build fraud detection", QuestionKind.DESIGN),
        ("build me a spam filter", QuestionKind.DESIGN),
        ("architecture for autocomplete", QuestionKind.DESIGN),
        ("I need to detect fraudulent payments in 50 ms", QuestionKind.DESIGN),
        ("we want to recommend events to users. how?", QuestionKind.DESIGN),
        ("How would you rank ads?", QuestionKind.DESIGN),
        ("How would you catch account takeovers at a bank?", QuestionKind.DESIGN),
        ("How would you pair drivers with passengers?", QuestionKind.DESIGN),
        ("How would you keep phishing mails out of inboxes?", QuestionKind.DESIGN),
        ("How would you predict how long an order takes?", QuestionKind.DESIGN),
        ("We need to pull the words out of photos, design that", QuestionKind.DESIGN),
        ("How would you keep skew out of features?", QuestionKind.FACT),
        ("How would you route around label noise?", QuestionKind.FACT),
        ("system to detect harmful posts", QuestionKind.DESIGN),
        ("Walk me through designing a newsfeed", QuestionKind.DESIGN),
        ("How would you estimate delivery times?", QuestionKind.DESIGN),
        ("we need to score loan applications", QuestionKind.DESIGN),
        ("How would you detect data drift without labels?", QuestionKind.FACT),
        ("How should I estimate the memory of an HNSW index?", QuestionKind.FACT),
        ("we need to find the right threshold", QuestionKind.FACT),
        ("how do i make sure that features match", QuestionKind.FACT),
        ("what do i say in a system design interview", QuestionKind.FACT),
        ("How did Netflix design its artwork selection?", QuestionKind.FACT),
        ("two-tower or cross-encoder?", QuestionKind.COMPARISON),
        ("snorkel style rules or just pay people to label?", QuestionKind.COMPARISON),
        ("what is the difference between canary and shadow", QuestionKind.COMPARISON),
        ("should i use gbdt or a neural net", QuestionKind.COMPARISON),
        ("is dropout better or not", QuestionKind.FACT),
        ("I'm asked to design YouTube-style video recommendations. How do I go about it?", QuestionKind.DESIGN),
        ("we have to build a music recommender - how would you start?", QuestionKind.DESIGN),
        ("How would you approach designing a search engine?", QuestionKind.DESIGN),
        ("where do I start with designing a chatbot?", QuestionKind.DESIGN),
        ("We get a million receipts a month and need the totals. Design the pipeline", QuestionKind.DESIGN),
        ("Trucks have sensors; we want to know of failures early. How would you set that up?", QuestionKind.DESIGN),
        ("Our riders wait too long. How would you design the matching?", QuestionKind.DESIGN),
        ("Moderators can read 20k of 5M posts a day. What system would you build?", QuestionKind.DESIGN),
        ("Half the names are ambiguous. Please walk me through the whole thing, from labels on", QuestionKind.DESIGN),
        ("Half the names are ambiguous. Walk me through precision and recall", QuestionKind.FACT),
        ("Our CTR fell last week. How do we make it better?", QuestionKind.FACT),
        ("We use BM25 today. How would you do a rollback?", QuestionKind.FACT),
        ("What is a canary? Build on examples", QuestionKind.FACT),
        ("I want to build a training set. How many labels do I need?", QuestionKind.FACT),
        ("I want to build an HNSW index. How much memory does it take?", QuestionKind.FACT),
        ("How do I go about debugging a model whose loss diverges?", QuestionKind.FACT),
        ("How is YouTube's ranker designed?", QuestionKind.FACT),
        ("GBDT or a neural net for CTR prediction, which one?", QuestionKind.COMPARISON),
        ("RAG or fine-tuning: when which?", QuestionKind.COMPARISON),
        ("Quantization, distillation or pruning: what first?", QuestionKind.COMPARISON),
        ("two-tower vs cross-encoder, which is better for retrieval", QuestionKind.COMPARISON),
        ("What or who makes labels: when?", QuestionKind.FACT),
        ("Is dropout or weight decay a regularizer, which?", QuestionKind.FACT),
        ("HNSW vs IVF", QuestionKind.COMPARISON),
        ("What is negative sampling?", QuestionKind.FACT),
        ("how did Uber predict arrival times?", QuestionKind.FACT),
        ("thanks!", QuestionKind.SMALL_TALK),
        ("hello there", QuestionKind.SMALL_TALK),
    ],
)
def test_the_form_of_a_question_is_recognised(text: str, kind: QuestionKind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize("text", ["", "   \n\t "])
def test_a_blank_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        understand(text)


def test_a_question_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match="100,000 characters, the limit is 2,000"):
        understand("x" * 100_000)


def test_the_subject_of_a_design_question_is_the_thing_designed() -> None:
    assert subject(understand("How do I design a video recommendation system?")) == "video recommendation system"
    assert subject(understand("Design newsfeed ranking")) == "newsfeed ranking"
    assert subject(understand("I'm asked to design a feed. How do I go about it?")) == "feed"
    assert subject(understand("How would you approach designing a search engine?")) == "search engine"


def test_a_wish_that_is_quoted_is_what_is_searched_for() -> None:
    asked = understand(
        'Interview tomorrow, they like "build a friend recommender for 5M members". Give me the full answer.'
    )
    assert (asked.kind, asked.query) == (QuestionKind.DESIGN, "build a friend recommender for 5M members")
    other = understand('Design "shop by photo": a customer uploads a picture and sees sofas like it')
    assert (other.kind, other.query) == (QuestionKind.DESIGN, other.text)


def test_how_to_begin_points_at_the_design_of_the_same_question() -> None:
    begun = understand("I'm asked to design a feed. How do I go about it?", history=["What is HNSW?"])
    assert begun.query == "I'm asked to design a feed"


@pytest.mark.parametrize(
    ("history", "text", "query"),
    [
        (["Design a newsfeed"], "and how is it served?", "newsfeed and how is it served?"),
        (["Design a newsfeed"], "What is calibration?", "What is calibration?"),
        (["Design a newsfeed", "what about latency?"], "what about cost?", "newsfeed cost?"),
        (
            ["Design a newsfeed", "what about cold start?"],
            "how do I measure it?",
            "newsfeed cold start how do I measure it?",
        ),
        (["What is position bias?", "thanks"], "why?", "What is position bias why?"),
        (
            ["should i log features?"],
            "doesn't that blow up storage?",
            "should i log features doesn't that blow up storage?",
        ),
        (["What is HNSW?"], "is it worth sharding a small index?", "is it worth sharding a small index?"),
        (
            ["What is HNSW?"],
            "which features that drift need a new model?",
            "which features that drift need a new model?",
        ),
    ],
)
def test_a_follow_up_is_searched_for_with_what_it_leans_on(history: list[str], text: str, query: str) -> None:
    assert understand(text, history=history).query == query


def test_for_another_matter_a_design_is_made_once_more() -> None:
    again = understand("and for video?", history=["Design image search", "what about latency?"])
    assert (again.kind, subject(again)) == (QuestionKind.DESIGN, "image search video")


def test_a_long_conversation_keeps_the_query_short() -> None:
    history = ["x" * 1_900, *(["and that?"] * 50)]
    assert len(understand("why?", history=history).query) <= 2_000


@pytest.mark.parametrize(
    ("query", "second"),
    [
        ("What is a canary and how large should it be?", "how large should canary be?"),
        ("explain interleaving and tell me when I should prefer it", "when I should prefer interleaving"),
        ("what are guardrails and give an example for video", "give an example for video guardrails"),
        ("what is drift, and why do labels arrive late?", "why do labels arrive late?"),
        (
            "why does a two-tower model need the logQ correction, and what goes wrong if we skip it?",
            "what goes wrong if we skip two-tower model need the logQ correction?",
        ),
        ("how does Airbnb's ranker use trips, and how do they treat new homes?", "how do Airbnb treat new homes?"),
        ("how did Uber predict arrival and what is their metric", "what is Uber's metric"),
        ("How often should I retrain a CTR model, and what tells me it is stale?", "what tells me CTR model is stale?"),
        ("How long should we run an A/B test and when can I stop it?", "when can I stop A/B test?"),
        ("What is a feature store for, and how does it stay consistent?", "how does feature store stay consistent?"),
    ],
)
def test_two_questions_in_one_are_searched_for_apart_the_second_without_its_pronoun(query: str, second: str) -> None:
    assert len(parts(query)) == 2
    assert parts(query)[1][1] == second


@pytest.mark.parametrize("query", ["precision and recall", "why is that and why"])
def test_what_asks_one_thing_has_one_part(query: str) -> None:
    assert parts(query) == ((query, query),)


def test_what_would_be_detected_by_a_clause_is_no_design() -> None:
    assert understand("how would you detect that a feed has a loop").kind is QuestionKind.FACT
    assert understand("how would you detect spam").kind is QuestionKind.DESIGN
    assert understand("how do I choose between HNSW and IVF-PQ?").kind is QuestionKind.COMPARISON


@pytest.mark.parametrize(
    "text",
    [
        "Which message to send to which user, and when? Design this for an app with 50 million users.",
        "We show banners and earn per click. How would you estimate the click probability of each ad?",
        "Design ranking of hotel offers in a travel comparison site",
        "We want to warn farmers of leaf disease from photos. How should such a system be designed?",
        "They ask about a system that reads receipts. What would a strong answer look like, and what comes first?",
    ],
)
def test_a_wish_for_a_design_after_what_it_is_about_is_a_design(text: str) -> None:
    assert understand(text).kind is QuestionKind.DESIGN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We retrain weekly. How would you detect drift?", QuestionKind.FACT),
        ("Which is better? I designed this with trees.", QuestionKind.FACT),
        ("A comparison of trees and networks", QuestionKind.COMPARISON),
    ],
)
def test_what_is_no_wish_for_a_design_stays_what_it_is(text: str, kind: QuestionKind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("why multiply probabilities instead of adding them in a value model", QuestionKind.FACT),
        ("why does semantic search beat keywords on part numbers", QuestionKind.FACT),
        (
            "How did Uber combine the routing engine with a network, and why predict the residual instead of the ETA?",
            QuestionKind.FACT,
        ),
        ("two-tower or cross-encoder, and why?", QuestionKind.COMPARISON),
        ("why compare BM25 with dense retrieval at all: BM25 vs dense?", QuestionKind.COMPARISON),
        ("use kafka instead of kinesis?", QuestionKind.COMPARISON),
        ("why is latency a trade-off in serving?", QuestionKind.FACT),
        ("tell me why XGBoost rather than a net", QuestionKind.FACT),
        ("What is a feature store and why use one? Compare Feast with Tecton", QuestionKind.COMPARISON),
        ("How do Netflix and Spotify rank, and why do they differ from each other?", QuestionKind.COMPARISON),
        ("How would you go about blurring faces and plates for a mapping company?", QuestionKind.DESIGN),
        ("How would you go about debugging a flat A/B test?", QuestionKind.FACT),
    ],
)
def test_a_reason_is_asked_of_one_thing_whatever_it_is_preferred_to(text: str, kind: QuestionKind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how wuld you desgin a system that flags chest x-rays for urgent review", QuestionKind.DESIGN),
        ("Desing a newsfeed", QuestionKind.DESIGN),
        ("how would you buld a sytem that ranks homes", QuestionKind.DESIGN),
        ("how woudl you design a feed", QuestionKind.DESIGN),
    ],
)
def test_a_slip_of_the_finger_in_a_wish_leaves_it_one(text: str, kind: QuestionKind) -> None:
    assert understand(text).kind is kind


def test_a_slip_is_mended_in_what_is_searched_for_and_other_words_are_left() -> None:
    assert subject(understand("Desing a newsfeed")) == "newsfeed"
    assert understand("and for video?", history=["Desing a newsfeed"]).kind is QuestionKind.DESIGN
    for text in ("why wouldn't systemd builds of designs fail", "what was built, and would it be"):
        assert understand(text).query == text


def test_they_are_the_company_only_where_it_does_something() -> None:
    assert parts("how does Netflix build embeddings and how are they stored?")[1][1] != "how are Netflix stored?"
    assert parts("how did Uber label trips and how do they check labels?")[1][1] == "how do Uber check labels?"
