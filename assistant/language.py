"""Whether a question is asked in another language than English, told by its script and its small words."""

import re

_WORDS = re.compile(r"[^\W\d_]+")
_SMALL_ENGLISH = """
a an and are at be by can do does for from how i if in is it of on or should that the this to we what when where which
who why with you my our not
"""
_SMALL_OTHERS = """
der die das und ist wie ein eine einen für mit nicht von zu wir ich man wird was den im auf
le la les des un une est et pour dans qui que comment pourquoi quel quelle avec sur je nous du quoi fait
el los las es en cómo como por qué para una con cuál del se
il lo gli di che per come è sono nel perché
o os um uma é não da em qual
het een en van hoe voor niet wat
"""
_ENGLISH = frozenset(_SMALL_ENGLISH.split())
_OTHERS = frozenset(_SMALL_OTHERS.split())
_LEAST = 2


def is_foreign(text: str) -> bool:
    """Whether a text is in another language, as far as letters and small words tell; doubtful ones count as English."""
    letters = [one for one in text if one.isalpha()]
    if letters and sum(ord(one) > 0x24F for one in letters) > len(letters) / 2:
        return True
    words = [word.lower() for word in _WORDS.findall(text)]
    others = sum(word in _OTHERS for word in words)
    return others >= _LEAST and others > sum(word in _ENGLISH for word in words)
