"""E-mail addresses: how one is read, the key by which it is found again, and what staff should check."""

import re
import unicodedata
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.characters import is_control, is_invisible

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

LONGEST_LOCAL_PART = 64
LONGEST_EMAIL = 254

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")

# Domains that most people here have, by name and ending.
_COMMON = {
    "gmail": "com", "yahoo": "com", "hotmail": "com", "outlook": "com", "icloud": "com", "comcast": "net",
    "verizon": "net", "protonmail": "com", "sbcglobal": "net", "aol": "com", "live": "com", "msn": "com",
    "cox": "net", "att": "net",
}  # fmt: skip
# These exist under one ending only.
_NOWHERE_ELSE = {"gmail", "icloud"}
# No ending at all, and what people meant.
_NO_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "coom": "com",
    "nte": "net", "ent": "net", "ogr": "org",
}  # fmt: skip
# Of a shorter name a neighbour is as likely a name of its own.
_SHORTEST_NAME = 5


def read(typed: str) -> str:
    """One e-mail address, its domain in lower case and in the ASCII form of IDNA 2008; empty for nothing.

    Takes what was typed, before anything is trimmed. Raises ValidationError with what to do.
    """
    if any(is_control(character) for character in typed):
        raise ValidationError(_("Write the e-mail address on one line."), code="email")
    text = typed.strip()
    if not text:
        return ""
    if any(is_invisible(character) for character in text):
        raise ValidationError(
            _("Type the e-mail address again: it holds spaces or hidden signs."), code="email"
        )
    local, at, _domain = text.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local):
        raise ValidationError(_("Enter one e-mail address, such as name@example.com."), code="email")
    if len(local) > LONGEST_LOCAL_PART:
        raise ValidationError(_("The part before the @ is too long. Check the e-mail address."), code="email")
    try:
        found = _validated(text)
    except ValueError as error:
        raise ValidationError(_("Check the part after the @, such as example.com."), code="email") from error
    address = f"{found.local_part}@{found.ascii_domain}"
    if len(address) > LONGEST_EMAIL:
        raise ValidationError(_("The e-mail address is too long. Check it, please."), code="email")
    return address


def _validated(address: str) -> "ValidatedEmail":
    """Raises ValueError for what is no address. The only door to the library, which takes 0.06 s to load: a
    process that answers its first visitor doesn't need it yet."""
    import email_validator

    # Mail to `.test`, `.invalid` and their like is what demos and trials of the outbox send; the library
    # would refuse them.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator.validate_email(address, allow_smtputf8=False, check_deliverability=False)


def key(address: str) -> str:
    """Equal for two ways to write one address: small letters, the domain as people read it.

    Never case-folded: 'straße' and 'strasse' are two people's domains. The beginning of an address has the
    beginning of its key, unless it breaks off within an ASCII form.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    try:
        return _validated(text).normalized.lower()
    except ValueError:
        return text.lower()


def to_check(address: str) -> bool:
    """Whether staff should look at it: look-alike letters, or a slip in a common domain."""
    return bool(address) and (mixes_scripts(address) or bool(nearest(address)))


def mixes_scripts(address: str) -> bool:
    """Whether a label of the domain of `address` mixes scripts, as look-alikes of known names do.

    Japanese, Korean and Bopomofo are written in more than one script, so those are one here.
    """
    try:
        labels = _validated(address).domain.split(".")
    except ValueError:
        return True
    return any(
        len({_script(character) for character in label if character.isalpha()}) > 1 for label in labels
    )


def _script(letter: str) -> str:
    """The script of `letter`, by the first word of its name: Python's standard library knows no scripts."""
    script = unicodedata.name(letter, "UNKNOWN").split()[0]
    return "EAST ASIAN" if script in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"} else script


def nearest(address: str) -> str:
    """What the patient may have meant where the domain is one slip from a common one, or ends as none does:
    'ana@gmail.com' for 'ana@gmial.con'. Empty for everything else."""
    local = address.rpartition("@")[0]
    domain = key(address).rpartition("@")[2]
    name, _dot, ending = domain.partition(".")
    meant = [f"{common}.{right}" for common, right in _COMMON.items() if _means(name, ending, common, right)]
    if name not in _COMMON and not meant:
        start, _dot, last = domain.rpartition(".")
        meant = [f"{start}.{_NO_ENDINGS[last]}"] if start and last in _NO_ENDINGS else []
    return f"{local}@{meant[0]}" if meant and meant[0] != domain else ""


def _means(name: str, ending: str, common: str, right: str) -> bool:
    """Whether `name` and `ending` are `common` and `right`, or one slip from them."""
    if name == common:
        return ending == right or name in _NOWHERE_ELSE or _is_one_slip(ending, right)
    # Nobody mistakes the first letter, and with another it is a name of its own: ymail, mail, cloud.
    alike = name[:1] == common[:1] or name[1::-1] == common[:2]
    near = len(common) >= _SHORTEST_NAME and name not in _COMMON and alike and _is_one_slip(name, common)
    return near and (ending == right or _is_one_slip(ending, right))


def _is_one_slip(typed: str, right: str) -> bool:
    """Whether one letter is missing, too many, another, or swapped with its neighbour."""
    if typed == right or abs(len(typed) - len(right)) > 1:
        return False
    at = next((at for at, pair in enumerate(zip(typed, right, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return True
    rest, wanted = typed[at:], right[at:]
    swapped = rest[1::-1] == wanted[:2] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest == wanted[1:] or rest[1:] == wanted
