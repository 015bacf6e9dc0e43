"""The committed Spanish words: complete for patients, in step with the file that the site reads."""

import gettext

from django.utils import translation

from tests.spanish import catalog

ENTRIES = catalog.entries()
TRANSLATED = [entry for entry in ENTRIES if entry.is_translated and entry.english]


def test_the_compiled_file_says_what_the_readable_one_says() -> None:
    written: dict[str | tuple[str, int], str] = {}
    for entry in ENTRIES:
        if entry.plural and entry.is_translated:
            written |= {(entry.key, number): words for number, words in enumerate(entry.forms)}
        elif entry.is_translated:
            written[entry.key] = entry.forms[0]
    with (catalog.FOLDER / "django.mo").open("rb") as compiled:
        read: dict[str | tuple[str, int], str] = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    # The compiler leaves the day of the last collecting out of the header.
    header = [line for line in written.pop("").splitlines() if not line.startswith("POT-Creation-Date")]
    assert read.pop("").splitlines() == header
    assert read == written


def test_every_word_for_patients_is_in_spanish() -> None:
    with translation.override("en"):
        wanted = catalog.patients_words()
    assert len(wanted) > 400
    assert sorted(wanted - {entry.key for entry in TRANSLATED}) == []


def test_no_wording_is_a_guess() -> None:
    assert [entry.english for entry in ENTRIES if entry.is_fuzzy] == []
    assert [entry.english for entry in ENTRIES if any(entry.forms) and not all(entry.forms)] == []


def test_nothing_that_is_filled_in_gets_lost() -> None:
    wrong = [
        (english, spanish)
        for entry in TRANSLATED
        for english, spanish in zip((entry.english, entry.plural), entry.forms, strict=False)
        if catalog.placeholders(spanish) != catalog.placeholders(english)
        or spanish != spanish.strip()
        # The question marks of Spanish come in pairs; the site never exclaims.
        or spanish.count("?") != spanish.count("¿")
        or "!" in spanish
    ]
    assert wrong == []
