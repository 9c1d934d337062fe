"""What can go wrong between a question and its answer.

AnswerError
├── QuestionError     the question is empty or too long
├── CursorError       a cursor belongs to another search or another index
├── SettingsError     a setting has a value that cannot be used
├── KeyStoreError     the file of API keys cannot be read, or holds no such key
├── GenerationError   the language model could not be reached or did not answer usably
│   └── ContextError  what it was asked was longer than it can read
├── BusyError         there is no room for more work just now; carries when to come back
│   └── QueueError    too many ingestions wait already; carries when to come back
├── LostError         threads hang that only a new process gets back
├── TooSlowError      a stage or the whole took longer than it may
└── AbandonedError    whoever asked has gone
"""


class AnswerError(Exception):
    """Anything that keeps a question from being answered; "nothing found" is not one of them."""


class QuestionError(AnswerError):
    """The question cannot be taken as it is."""


class CursorError(AnswerError):
    """A cursor does not lead on in this search."""


class SettingsError(AnswerError):
    """A setting cannot be used."""


class KeyStoreError(AnswerError):
    """The API keys cannot be read or changed as asked."""


class GenerationError(AnswerError):
    """The language model did not do its part."""


class ContextError(GenerationError):
    """The language model was asked more than it can read."""


class BusyError(AnswerError):
    """Come back later."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueueError(BusyError):
    """Whoever asks has started enough for now."""


class LostError(AnswerError):
    """Work that began does not end; the process should be started again."""


class TooSlowError(AnswerError):
    """The time for this work is over."""


class AbandonedError(AnswerError):
    """Nobody waits for the result."""
