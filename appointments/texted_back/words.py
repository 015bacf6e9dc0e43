"""The words by which a text says what it wants, in English and Spanish. Pure."""

import re
import unicodedata
from enum import Enum


class Wish(Enum):
    """What a text asks for; any other is read by somebody."""

    STOP = "stop"
    HELP = "help"
    START = "start"
    CONFIRM = "1"
    ANOTHER_TIME = "2"
    OTHER = ""


# STOP's as 47 CFR 64.1200(a)(10) lists them, and their Spanish sisters.
_WORDS: dict[Wish, frozenset[str]] = {
    Wish.STOP: frozenset(
        {
            "stop", "stopall", "stop all", "quit", "end", "revoke", "opt out", "optout", "cancel",
            "unsubscribe", "alto", "parar", "pare", "basta", "cancelar", "terminar", "salir", "baja",
        }
    ),
    Wish.HELP: frozenset({"help", "info", "ayuda"}),
    Wish.START: frozenset({"start", "unstop", "iniciar", "empezar"}),
    Wish.CONFIRM: frozenset({"1"}),
    Wish.ANOTHER_TIME: frozenset({"2"}),
}  # fmt: skip
# Who writes one of these may mean the appointment, so somebody reads it too.
AMBIGUOUS = frozenset({"cancel", "cancelar", "end", "terminar"})


def plain(words: str) -> str:
    """The words alone: small, without accents, signs and spaces around them."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", kept).strip()


def wish_of(words: str) -> Wish:
    """What a text asks for, if it is nothing but the word for it."""
    said = plain(words)
    return next((wish for wish, known in _WORDS.items() if said in known), Wish.OTHER)
