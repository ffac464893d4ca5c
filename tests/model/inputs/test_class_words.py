"""Classes and roles are told from names."""

import pytest

from model.inputs.class_words import ClassWords
from model.inputs.thesaurus import thesaurus

asks_for_class = ClassWords([*thesaurus().phrases, "plant hormone", "analgesic"])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "an analgesic",
            "analgesics",
            "Painkillers",
            "drugs for gout",
            "plant hormones",
            "a xanthine",
            "some triptan",
        ),
        *("kinase inhibitors", "strong analgesic", "the new analgesics", "medicine against malaria"),
    ],
)
def test_what_asks_for_a_class(text: str) -> None:
    assert asks_for_class(text)


@pytest.mark.parametrize(
    "text", ["dolutegravir", "sodium lauryl sulfate", "A", "the", "", "a-pinene", "ziprasidone HCl"]
)
def test_what_may_be_a_name(text: str) -> None:
    assert not asks_for_class(text)


def test_without_phrases_roles_are_still_known() -> None:
    assert ClassWords([])("potassium channel blocker")
    assert not ClassWords([])("analgesic")
