"""What can go wrong between a question and its answer.

AnswerError
├── QuestionError     the question is empty or too long
├── SettingsError     a setting has a value that cannot be used
└── GenerationError   the language model could not be reached or did not answer usably
"""


class AnswerError(Exception):
    """Anything that keeps a question from being answered; "nothing found" is not one of them."""


class QuestionError(AnswerError):
    """The question cannot be taken as it is."""


class SettingsError(AnswerError):
    """A setting cannot be used."""


class GenerationError(AnswerError):
    """The language model did not do its part."""
