"""What people type into a form, checked and brought into one shape: names, phone numbers, e-mail, text,
dates.

Pure: no database, no request. Each function returns the normalised value or raises ValidationError with a
sentence that says what to do. It is called with what was typed, before anything is trimmed: a line break at
the end of a name is a line break.
"""

import re
import unicodedata
from datetime import date

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

LONGEST_NAME = 120
MOST_MARKS = (
    5  # combining marks on one letter, decomposed; Vietnamese needs two, pointed Hebrew three or four
)
LONGEST_PHONE = 80
LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64

# Blank on the screen, though Unicode counts them among letters or symbols.
LOOKS_EMPTY = frozenset("\u2800\u3164\u115f\u1160\uffa0\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f")
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Hold an emoji or a Persian word together, so they stay inside a name.
_JUNK_AT_ENDS = "\u200b\u2060\ufeff\u00ad\u180e"

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_PHONE_CHARACTERS = re.compile(r"[0-9A-Za-z+().\-/ ,;:=#*]+")
# The North American plan: an area code and an exchange never begin with 0 or 1, and 911 and its like are no
# area.
_NORTH_AMERICAN = re.compile(r"(?![2-9]11)[2-9]\d{2}[2-9]\d{6}")


def _is_control(character: str) -> bool:
    """A control character or a line break of any kind."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}


def is_invisible(character: str) -> bool:
    """Whether nothing is to be seen of `character` when it stands alone."""
    category = unicodedata.category(character)
    variation = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return category in {"Zs", "Zl", "Zp", "Cc", "Cf"} or variation or character in LOOKS_EMPTY


def without_invisible(text: str) -> str:
    """What is to be seen of `text`."""
    return "".join(character for character in text if not is_invisible(character))


def name(typed: str) -> str:
    """A name in any script, in NFC, its ends trimmed; empty when nothing of it is to be seen."""
    if any(_is_control(character) for character in typed):
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
    """The most combining marks that stand on one letter of `text`."""
    most = run = 0
    for character in unicodedata.normalize("NFD", text):
        category = unicodedata.category(character)
        if category in {"Mn", "Me"}:
            run += 1
            most = max(most, run)
        elif category != "Cf":
            run = 0
    return most


def ascii_digits(text: str) -> str:
    """`text` with the digits of every script as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character for character in text
    )


def phone(typed: str, region: str = "US") -> PhoneNumber:
    """A phone number, its extension kept.

    One that is possible but lies in no assigned range is accepted (`is_valid()` is false): a real patient
    may have a new area code.
    """
    written = _plain_phone(typed)
    number = PhoneNumber()
    try:
        phonenumbers.parse(written, region, numobj=number)
    except NumberParseException as error:
        raise ValidationError(_no_phone(error.error_type), code="phone") from error
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.TOO_LONG:
        raise ValidationError(_("The phone number has too many digits. Check it, please."), code="phone")
    if possible != ValidationResult.IS_POSSIBLE:
        raise ValidationError(
            _("The phone number has too few digits. Enter it with its area code, such as (310) 555-0123."),
            code="phone",
        )
    if number.country_code == 1 and not _NORTH_AMERICAN.fullmatch(
        phonenumbers.national_significant_number(number)
    ):
        raise ValidationError(
            _("No phone number looks like this. Check its area code, please."), code="phone"
        )
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        raise ValidationError(_("We can't call premium-rate numbers. Enter another one."), code="phone")
    # What the column keeps of a number in no assigned range.
    number.raw_input = number.as_rfc3966
    return number


def _plain_phone(typed: str) -> str:
    """`typed` in ASCII: digits of every script, dashes, spaces and full-width signs as their plain fellows,
    the marks dropped that address books put around a number."""
    if any(_is_control(character) for character in typed):
        raise ValidationError(_("Write the phone number on one line."), code="phone")
    plain = []
    for character in ascii_digits(typed):
        category = unicodedata.category(character)
        if category == "Pd" or character == "\u2212":
            plain.append("-")
        elif category == "Zs":
            plain.append(" ")
        elif category != "Cf":
            plain.append(unicodedata.normalize("NFKC", character))
    written = "".join(plain).strip()
    if len(written) > LONGEST_PHONE:
        raise ValidationError(_("The phone number has too many digits. Check it, please."), code="phone")
    if not _PHONE_CHARACTERS.fullmatch(written):
        raise ValidationError(_("Enter a phone number, such as (310) 555-0123."), code="phone")
    return written


def _no_phone(error: int) -> str:
    if error == NumberParseException.INVALID_COUNTRY_CODE:
        return gettext("We don't know this country code. Check the digits after the +.")
    if error == NumberParseException.TOO_LONG:
        return gettext("The phone number has too many digits. Check it, please.")
    return gettext("Enter a phone number, such as (310) 555-0123.")


def email(typed: str) -> str:
    """One e-mail address, its domain in lower case and in the ASCII form that mail servers use."""
    if any(_is_control(character) for character in typed):
        raise ValidationError(_("Write the e-mail address on one line."), code="email")
    text = typed.strip()
    if not text:
        return ""
    if any(is_invisible(character) for character in text):
        raise ValidationError(
            _("Type the e-mail address again: it holds spaces or hidden signs."), code="email"
        )
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local):
        raise ValidationError(_("Enter one e-mail address, such as name@example.com."), code="email")
    if len(local) > LONGEST_LOCAL_PART:
        raise ValidationError(_("The part before the @ is too long. Check the e-mail address."), code="email")
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address) > LONGEST_EMAIL:
        raise ValidationError(_("The e-mail address is too long. Check it, please."), code="email")
    return address


def _ascii_domain(domain: str) -> str:
    wrong = ValidationError(_("Check the part after the @, such as example.com."), code="email")
    shown = unicodedata.normalize("NFKC", domain).translate(_DOTS).lower()
    try:
        ascii_form = shown.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise wrong from error
    labels = ascii_form.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise wrong
    return ascii_form


def mixes_scripts(address: str) -> bool:
    """Whether a label of the domain of `address` mixes scripts, as look-alikes of known names do.

    Japanese, Korean and Bopomofo are written in more than one script, so those are one here.
    """
    for label in address.rpartition("@")[2].split("."):
        try:
            shown = label.encode("ascii").decode("idna")
        except UnicodeError:
            return True
        if len({_script(character) for character in shown if character.isalpha()}) > 1:
            return True
    return False


def _script(letter: str) -> str:
    """The script of `letter`, by the first word of its name: Python's standard library knows no scripts."""
    script = unicodedata.name(letter, "UNKNOWN").split()[0]
    return "EAST ASIAN" if script in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"} else script


def text(typed: str, longest: int) -> str:
    """Free text of several lines, up to `longest` code points, a line break counting as one."""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(lines) > longest:
        raise ValidationError(
            _("Shorten this to %(longest)d characters. It has %(now)d."),
            code="too_long",
            params={"longest": longest, "now": len(lines)},
        )
    # Bells and escapes have no place in a text; a space keeps the words apart.
    return "".join(
        " " if _is_control(character) and character not in "\n\t" else character for character in lines
    )


def day_of(year: str, month: str, day: str) -> date:
    """The calendar day of three typed numbers, in the digits of any script. Raises ValueError for every
    other text."""
    numbers = [ascii_digits(part).strip() for part in (year, month, day)]
    lengths = ((4, 4), (1, 2), (1, 2))
    for number, (shortest, longest) in zip(numbers, lengths, strict=True):
        if not (number.isascii() and number.isdigit() and shortest <= len(number) <= longest):
            raise ValueError
    return date(*(int(number) for number in numbers))


def years_before(day: date, years: int) -> date:
    """The same calendar day `years` earlier; the day before February 29 where that year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
