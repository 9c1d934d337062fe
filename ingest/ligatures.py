"""Ligatures that a PDF prints and does not spell: "efect" for "effect", "frst" for "first".

Some files map a ligature's glyph to its first letter alone. The glyph is too wide for an f, which tells that letters
are lost and how many; which ones, the letters around them tell. Without a rule it is "fi", three quarters of all cases.
"""

import re

TWO, THREE = "\ue0f2", "\ue0f3"  # stand for an f of two and of three letters' width until they are resolved

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_DOUBLE_F = re.compile(
    rf"(?<=[dD]i){TWO}(?=er|us|eren)|(?<![rRdDn][eE])(?<=[eEaA]){TWO}(?=ect|ort|ord)|(?<=[oO]){TWO}(?=er|set|(?![^\W_])|-|end|s(?![^\W_]))"
    rf"|(?<=su){TWO}(?=er|ix)|(?<=bu){TWO}(?=er)|(?<=[sS]ta){TWO}|(?<=pro){TWO}(?=er)|(?<=[cC]uto){TWO}"
    rf"|(?<=tradeo){TWO}|(?<=trade-o){TWO}|(?<=payo){TWO}|(?<=tari){TWO}|(?<=[sS]tu){TWO}|(?<=[sS]hu){TWO}"
    rf"|(?<=kicko){TWO}|(?<=sherri){TWO}|(?<=[dD]i){TWO}(?![^\W_])|(?<=[bB]lu){TWO}|(?<=[cC]li){TWO}|(?<=a){TWO}(?=air|ili)"
    rf"|(?<=[dD]ro){TWO}|(?<=[tT]akeo){TWO}|(?<=[gG]eo){TWO}(?=rey)|(?<=[jJ]e){TWO}(?=rey)|(?<=[sS]te){TWO}(?=en|i)"
)
_WITH_L = re.compile(
    rf"{TWO}(?=ow|ex|at(?:(?![^\W_])|[st])|u[cexie]|oat|oor|ag|ip|ight|y|aw|oss|ood|avo|ush|icker|esh|ank)"
    rf"|(?<=[iI]n){TWO}(?=u|at)|(?<=[rR]e){TWO}(?=e[cx])|(?<=[cC]on){TWO}(?=i|u|at)|(?<=[dD]e){TWO}(?=ec|at)"
    rf"|(?<=in){TWO}(?=ect)|(?<=er){TWO}(?=ow)|(?<=work){TWO}"
)
_TRIPLE_L = re.compile(
    rf"(?<=[oO]){THREE}(?=ine|oad)|(?<=[bB]a){THREE}|(?<=[sS]hu){THREE}|(?<=[rR]i){THREE}|(?<=wa){THREE}"
)
_ALONE = re.compile(rf"(?<![^\W\d_])[{TWO}{THREE}](?![^\W\d_])")  # a function's name, set in a font for formulas
_WIDE_DOUBLE_F = re.compile(rf"(?<=[dD]i){THREE}(?=er)|(?<=[oO]){THREE}(?=line|er|set)")


def spelled(text: str) -> str:
    """A text with its ligatures as letters, those that lost theirs by the letters around them."""
    text = text.translate(_LIGATURES)
    if TWO not in text and THREE not in text:
        return text
    text = _WIDE_DOUBLE_F.sub("ff", _ALONE.sub("f", text))
    text = _TRIPLE_L.sub("ffl", text).replace(THREE, "ffi")
    return _WITH_L.sub("fl", _DOUBLE_F.sub("ff", text)).replace(TWO, "fi")
