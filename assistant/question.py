"""Understanding a question without a model: what form of answer it wants, and a wording that can be searched for."""

import re
from collections.abc import Sequence

from assistant.errors import QuestionError
from assistant.types import Question, QuestionKind

MAX_CHARACTERS = 2_000

_DESIGN = re.compile(
    r"^\W*(?:please\s+|can you\s+|could you\s+|help me\s+|let'?s\s+)*"
    r"(?:(?:how\s+(?:would|do|can|should|could|to)\s+(?:you|i|we|one)?\s*)?"
    r"(?:design|build|architect|implement|create|develop)(?:ing)?)\b"
    r"|\bsystem design\b|\bdesign (?:of )?an? .{3,60}\b(?:system|service|engine|pipeline)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\W*(?:please\s+|can you\s+|could you\s+|help me\s+|let'?s\s+)*"
    r"(?:how\s+(?:would|do|can|should|could|to)\s+(?:you|i|we|one)?\s*)?"
    r"(?:design|build|architect|implement|create|develop)(?:ing)?\s+(?:me\s+)?(?:an?\s+|the\s+|our\s+)?",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:vs\.?|versus|compared? (?:to|with)|compare|difference between|differ from|trade-?offs? between)\b"
    r"|\w[\w\- ]{1,40}\bor\b[\w\- ]{2,40}\?",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"^\W*(?:hi|hello|hey|thanks?|thank you|good (?:morning|evening|afternoon)|bye|who are you|how are you|ok(?:ay)?)"
    r"\b[\w\s,']{0,20}[.!?]*$",
    re.IGNORECASE,
)
_FOLLOW_UP = re.compile(
    r"^\W*(?:and|but|so|what about|how about|why(?: is that| not)?\W*$|then|also|what if)\b"
    r"|\b(?:it|its|that|this|they|them|those|there)\b",
    re.IGNORECASE,
)


def understand(text: str, *, history: Sequence[str] = ()) -> Question:
    """Read a question.

    Args:
        text: As typed.
        history: The questions before it in the conversation, oldest first.

    Raises:
        QuestionError: If it is blank or longer than 2,000 characters.
    """
    stripped = " ".join(text.split())
    if not stripped:
        raise QuestionError("the question is empty; ask something about designing a machine-learning system")
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(f"the question has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}; shorten it")
    return Question(text=text, query=_self_contained(stripped, history), kind=_kind(stripped))


def subject(question: Question) -> str:
    """What is to be designed or asked about, without the words around it."""
    return _LEAD.sub("", question.query).rstrip(" ?.!") or question.query


def _kind(text: str) -> QuestionKind:
    if _SMALL_TALK.match(text):
        return QuestionKind.SMALL_TALK
    if _DESIGN.search(text):
        return QuestionKind.DESIGN
    if _COMPARISON.search(text):
        return QuestionKind.COMPARISON
    return QuestionKind.FACT


def _self_contained(text: str, history: Sequence[str]) -> str:
    """A short follow-up is searched for together with the question that it follows."""
    if history and len(text.split()) <= 12 and _FOLLOW_UP.search(text):
        return f"{history[-1].strip()} {text}"
    return text
