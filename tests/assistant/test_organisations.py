from assistant import organisations
from assistant.answer import Assistant
from assistant.types import Declined


def test_companies_are_found_in_any_case_and_under_any_name() -> None:
    known = {"Uber", "Meta", "Facebook", "FB"}
    assert organisations.named("how did UBER and fb do it", known) == ("Uber", "Meta")
    assert organisations.named("ubercool metadata", known) == ()
    assert organisations.named("an Uber-like app, Meta style ads, Uber-style ETAs", known) == ()
    assert organisations.named("the style of Uber and Meta-wide launches", known) == ("Uber", "Meta")


def test_what_one_company_did_is_no_answer_about_another(guide: Assistant) -> None:
    result = guide.ask("How did Airbnb build DeepETA?")
    assert isinstance(result, Declined)
    assert "DeepETA" in result.reason or "Airbnb" in result.reason
