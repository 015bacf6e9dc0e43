"""Text that patients type into a form, checked and brought into one shape. Pure."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.characters import is_control


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
        " " if is_control(character) and character not in "\n\t" else character for character in lines
    )
