"""The circumstances that an asker tells: when it was, where, who said so, what the own project is called.

"We can't reproduce the model we shipped in March" is no question about March, and no library holds the name of
somebody's boss. What stands here is no telling word of a question and no subject of one. The lists are short and
closed: a month or a country tells nothing of systems, whereas a product after "in" ("in Keras") is what is asked about.
"""

import re

_MONTHS = r"January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"  # "on mondays" and "every monday" is what comes back, and the matter
)
_FEASTS = (
    r"christmas|easter|thanksgiving|ramadan|diwali|new year(?:['’]s(?: eve)?)?|black friday|cyber monday|prime day"
)
_SEASONS = r"spring|summer|autumn|winter|q[1-4]"
_PARTS = r"(?:\s+(?:morning|noon|afternoon|evening|night|sales?|season|holidays?|weekend|week))?"
_AT = (
    r"(?:(?i:in|on|since|by|until|till|before|after|during|around|from|between|and|last|this|next|early|late"
    r"|mid|back|the|one)[\s-]+)"
)
_PLACES = (
    "Africa|America|Argentina|Asia|Australia|Austria|Bangalore|Bangladesh|Barcelona|Beijing|Belgium|Berlin|Boston|Brazil"
    "|California|Canada|Chicago|Chile|China|Colombia|Delhi|Denmark|Dubai|Dublin|Egypt|England|Europe|Finland|Florida"
    "|France|Germany|Greece|Hong Kong|Hungary|India|Indonesia|Ireland|Israel|Istanbul|Italy|Jakarta|Japan|Kenya|Korea"
    "|Lagos|Lisbon|London|Madrid|Malaysia|Manila|Mexico|Milan|Morocco|Mumbai|Munich|Nairobi|Netherlands|New York"
    "|New Zealand|Nigeria|Norway|Oslo|Pakistan|Paris|Peru|Philippines|Poland|Portugal|Prague|Romania|Rome|Rotterdam"
    "|San Francisco|São Paulo|Scotland|Seattle|Seoul|Shanghai|Singapore|South Africa|Spain|Stockholm|Sweden|Switzerland"
    "|Sydney|Taiwan|Texas|Thailand|Tokyo|Toronto|Turkey|UAE|UK|Ukraine|United Kingdom|United States|US|USA|Vienna"
    "|Vietnam|Warsaw|Zurich"
)
_OF_PLACES = (
    "American|Argentinian|Asian|Australian|Austrian|Belgian|Brazilian|British|Canadian|Chilean|Chinese|Colombian|Danish"
    "|Dutch|Egyptian|European|Finnish|French|German|Greek|Hungarian|Indian|Indonesian|Irish|Israeli|Italian|Japanese"
    "|Kenyan|Korean|Malaysian|Mexican|Nigerian|Norwegian|Pakistani|Polish|Portuguese|Romanian|Scottish|Spanish|Swedish"
    "|Swiss|Taiwanese|Thai|Turkish|Ukrainian|Vietnamese"
)
_FOLK = (
    r"(?:users?|customers?|members?|drivers?|riders?|sellers?|buyers?|merchants?|clients?|shoppers?|visitors?|guests?"
    r"|hosts?|people|patients?|players?|markets?|stores?|branch(?:es)?|offices?|team|site|shops?|warehouses?|cities)"
)
_PEOPLE = (
    r"(?:boss|manager|pm|product manager|product owner|ceo|cto|cfo|vp|director|colleagues?|co-?workers?|intern"
    r"|teammates?|(?:team|tech) lead|professor|teacher|wife|husband|mother|father|grandmother|grandfather|sister"
    r"|brother)"
)
_TIME = re.compile(
    rf"\b{_AT}{{1,4}}(?:{_DAYS}|{_FEASTS}|{_SEASONS}){_PARTS}\b"
    r"|\b(?:yesterday|tomorrow|tonight|last night|(?:last|this|next|past) (?:few )?(?:weeks?|months?|years?|quarters?)"
    r"|this morning)\b(?!['’]s)|\b\d{1,2}(?::\d\d)? ?[ap]m\b"
    r"|\b(?:an?|one|two|three|four|five|six|several) (?:minutes?|hours?|days?|weeks?|months?|years?) ago\b",
    re.IGNORECASE,
)
# "may" and "march" are months with a capital after a word of time alone.
_MONTH = re.compile(rf"\b{_AT}{{1,4}}(?:{_MONTHS})\b(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?", re.ASCII)
_PLACE = re.compile(
    rf"\b(?:in|from|across|near|outside|within|to|for|of|and) (?:the )?(?:{_PLACES})(?:['’]s)?\b"
    rf"|\b(?:{_OF_PLACES})(?= (?:[a-z]\w+ )?{_FOLK}\b)"
)
_PERSON = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Tt]he) (?:new |former |old )?(?i:{_PEOPLE})(?: [A-Z][a-z]+)?(?:['’]s)?(?![\w-]| of\b)"
    r"|\b(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z]\w+(?:['’]s)?"
)
_OWN = re.compile(
    r"\b(?:[Oo]ur|[Mm]y) (?:project|app|product|team|company|start-?up|service)(?:,? (?:called|named))? [A-Z]\w+"
)
# What is quoted is what is asked about: "and on sunday?" as words that somebody types.
_QUOTED = re.compile(r"""((?:(?<=\s)|^)["“'‘][^"“”'‘’]{1,200}["”'’])""")


def without(query: str) -> str:
    """A query without the circumstances that its asker tells, a blank where one was; what it quotes stays."""
    parts = _QUOTED.split(query)
    parts[::2] = [_bare(part) for part in parts[::2]]
    return "".join(parts)


def _bare(text: str) -> str:
    for circumstance in (_TIME, _MONTH, _PLACE, _PERSON, _OWN):
        text = circumstance.sub(" ", text)
    return text
