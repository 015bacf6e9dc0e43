"""Names: how one is read from a form, and the keys under which it is found again."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.characters import is_control, without_invisible

LONGEST_NAME = 120
# Combining marks on one letter, decomposed; Vietnamese needs two, pointed Hebrew three or four.
MOST_MARKS = 5
LONGEST_KEY = 250
LONGEST_WAY_IN = 600  # PostgreSQL indexes 2,704 bytes at most
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Hold an emoji or a Persian word together, so they stay inside a name.
_JUNK_AT_ENDS = "\u200b\u2060\ufeff\u00ad\u180e"

# Letters with a stroke and ligatures, which Unicode doesn't take apart.
_PLAIN = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ɨ": "i", "ƀ": "b", "ƶ": "z",
        "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k", "\u0131": "i", "ß": "ss", "ə": "e",
        # One letter in two spellings: Arabic as Persian keyboards and hurried hands write it, Armenian with
        # the ligature taken apart in capitals.
        "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0640": None,
        "\u0582": "\u057e",
    }
)  # fmt: skip
# What stands for an apostrophe, though Unicode calls it a letter or a symbol: the 'okina, accents alone.
_APOSTROPHES = frozenset("`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ee\ua78b\ua78c")


def read(typed: str) -> str:
    """A name in any script, in NFC, its ends trimmed; empty when nothing of it is to be seen.

    Takes what was typed, before anything is trimmed: a line break at the end of a name is a line break.
    """
    if any(is_control(character) for character in typed):
        raise ValidationError(_("Write the name on one line, without tabs or line breaks."), code="control")
    if any(character in BIDI_OVERRIDES for character in typed):
        raise ValidationError(
            _("Type the name again: it holds hidden signs that turn text around."), code="bidi"
        )
    text = unicodedata.normalize("NFC", typed).strip().strip(_JUNK_AT_ENDS).strip()
    if not without_invisible(text):
        return ""
    if len(text) > LONGEST_NAME:
        raise ValidationError(_("Shorten the name to 120 characters."), code="too_long")
    if _most_marks(text) > MOST_MARKS:
        raise ValidationError(_("Type the name again with fewer marks on one letter."), code="marks")
    return text


def _most_marks(text: str) -> int:
    most = run = 0
    for character in unicodedata.normalize("NFD", text):
        category = unicodedata.category(character)
        if category in {"Mn", "Me"}:
            run += 1
            most = max(most, run)
        elif category != "Cf":
            run = 0
    return most


def initials(first_name: str, last_name: str) -> str:
    """The first letter of each, in any script, with the marks that belong to it: 'A. E.'; of a name in which
    there is no letter its first sign."""
    found = (_first_letter(unicodedata.normalize("NFC", part)) for part in (first_name, last_name))
    return " ".join(f"{letter}." for letter in found if letter)


def _first_letter(name: str) -> str:
    seen = without_invisible(name)
    # A letter that stands for an apostrophe begins many a name ('Okina); a mark alone begins none.
    letters = (at for at, each in enumerate(seen) if each.isalpha() and unicodedata.category(each) != "Lm")
    start = next(letters, 0)
    end = start + 1
    while end < len(seen) and unicodedata.category(seen[end])[0] == "M":
        end += 1
    letter = seen[start:end]
    capital = letter.title()
    return capital if len(capital) == len(letter) else letter


def words(*parts: str) -> list[str]:
    """The words of a name as keys: case folded, without accents, strokes and ligatures, parted at spaces,
    hyphens and apostrophes. 'Søren O'Brien-Smith' has the words soren, o, brien and smith."""
    text = " ".join(parts)
    apart = "".join(" " if _parts_words(character) else character for character in text)
    found = _plain(apart).split()
    # A name of nothing but punctuation is a name too.
    return found or _plain("".join(text.split())).split()


def _parts_words(character: str) -> bool:
    category = unicodedata.category(character)
    # Zero-width joiners hold Persian words and emoji together.
    return category[0] in "PZ" or category == "Cc" or character in _APOSTROPHES


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(
        character
        for character in decomposed
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )


def key(*parts: str) -> str:
    """Equal for names that differ only in what `words` leaves out: O'Brien, obrien, O Brien."""
    return "".join(words(*parts))[:LONGEST_KEY]


def ways_in(first_name: str, last_name: str) -> list[str]:
    """The keys under which a name is found, one for each of its words: what is written from that word on, and
    then, each after a space, the same of every other word. 'Ana García López' is found under
    'ana garcialopez lopez', 'garcialopez ana lopez' and 'lopez ana garcialopez'."""
    first, last = "".join(words(first_name)), "".join(words(last_name))
    starts = list(
        dict.fromkeys(
            [
                *(_whole(each, last) for each in _from_each_word(first_name)),
                *(_whole(each, first) for each in _from_each_word(last_name)),
            ]
        )
    )
    turns = ([start, *(other for other in starts if other != start)] for start in starts)
    return list(dict.fromkeys(" ".join(turn)[:LONGEST_WAY_IN] for turn in turns))


def _from_each_word(part: str) -> list[str]:
    found = words(part)
    return ["".join(found[at:]) for at in range(len(found))]


def _whole(here: str, there: str) -> str:
    """With the other part of the name at once in scripts without capitals, which often write a whole name as
    one word; elsewhere Rossini isn't Rossi, Nina."""
    together = there and unicodedata.category(here[-1]) == unicodedata.category(there[0]) == "Lo"
    return here + there if together else here


def readings(typed: str) -> list[list[str]]:
    """What a typed name may mean: one word that is written apart, or the beginnings of several words, parted
    by spaces or by the comma alone: for 'O Brien, Ada' obrienada, or o, brien and ada, or obrien and ada."""
    apart = ([typed], typed.replace(",", " ").split(), typed.split(","))
    found = [tuple(dict.fromkeys(each for part in parts if (each := key(part)))) for parts in apart]
    return [list(each) for each in dict.fromkeys(found) if each]
