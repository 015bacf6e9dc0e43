"""Phone numbers: how one is read, how people see it, the digits by which it is found again."""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from clinic.characters import ascii_digits, digits_of, is_control

LONGEST_PHONE = 80
FEWEST_DIGITS = 3  # by which a number is looked for

_CHARACTERS = re.compile(r"[0-9A-Za-z+().\-/ ,;:=#*]+")
# The North American plan: an area code and an exchange never begin with 0 or 1, and 911 and its like are no
# area.
_NORTH_AMERICAN = re.compile(r"(?![2-9]11)[2-9]\d{2}[2-9]\d{6}")
_EXTENSION = re.compile(r"[\s,;]*(?:extension|ext|x|#)[\s.:=]*\d*\s*$", re.IGNORECASE)


def read(typed: str, region: str = "US") -> PhoneNumber:
    """A phone number, its extension kept. Raises ValidationError with what to do.

    One that is possible but lies in no assigned range is accepted (see `to_check`): a real patient may have a
    new area code.
    """
    written = _plain(typed)
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


def _plain(typed: str) -> str:
    """`typed` in ASCII: digits of every script, dashes, spaces and full-width signs as their plain fellows,
    the marks dropped that address books put around a number."""
    if any(is_control(character) for character in typed):
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
    if not _CHARACTERS.fullmatch(written):
        raise ValidationError(_("Enter a phone number, such as (310) 555-0123."), code="phone")
    return written


def _no_phone(error: int) -> str:
    if error == NumberParseException.INVALID_COUNTRY_CODE:
        return gettext("We don't know this country code. Check the digits after the +.")
    if error == NumberParseException.TOO_LONG:
        return gettext("The phone number has too many digits. Check it, please.")
    return gettext("Enter a phone number, such as (310) 555-0123.")


def to_check(number: PhoneNumber) -> bool:
    """Whether staff should look at it: possible, but in no range that is assigned yet."""
    return not number.is_valid()


def shown(number: PhoneNumber) -> str:
    """As people here dial it, its extension last: '(310) 555-0123 ext. 42', '+44 20 7946 0958'."""
    return str(number.as_national if number.country_code == 1 else number.as_international)


def digits(number: PhoneNumber) -> str:
    """The key of a number: country code and national number, without the extension."""
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def digits_typed(typed: str) -> str:
    """The same of what somebody types to find a number or a part of it; empty for what is no phone number.

    A whole number is read like that of a form; of a part, the digits as they stand.
    """
    part = _EXTENSION.sub("", typed.strip().removeprefix("tel:"))
    try:
        number = read(typed.strip().removeprefix("tel:"))
    except ValidationError:
        is_part = not any(character.isalpha() for character in part)
        found = digits_of(part) if is_part else ""
        return found if len(found.lstrip("0")) >= FEWEST_DIGITS else ""
    return digits(number)
