"""The Spanish catalog as the tests read it: the .po without gettext's tools, and what patients can see."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.template import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from appointments.lifecycle import Status
from appointments.models import ContactBy, PartOfDay, Topic, WeekdayCode
from treatments.models import Answer

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "clinic" / "locale" / "es" / "LC_MESSAGES"

# Whatever these say, patients see. Notices to the staff are the one exception among the templates.
TEMPLATES = (
    "base.html", "clinic", "treatments", "appointments", "refusals", "bootstrap5", "email",
)  # fmt: skip
FOR_STAFF = {
    "staff_credentials.txt", "staff_digest.txt", "staff_notice.txt", "staff_sign_in.txt", "staff_urgent.txt",
}  # fmt: skip
MODULES = (
    "appointments/patients", "appointments/names.py", "appointments/phones.py", "appointments/emails.py",
    "appointments/messages/calendar_files.py", "appointments/messages/wordings.py",
    "appointments/messages/as_html.py",
    "clinic/time/words.py", "clinic/http/views.py", "clinic/wordings/shipped.py",
    "treatments/composition/effect_curve.py", "treatments/structured_data.py",
)  # fmt: skip
CHOICES: tuple[type[TextChoices], ...] = (ContactBy, Topic, WeekdayCode, PartOfDay, Answer, Status)
# Why a step could not be taken, said on the patient's page; the rest of those modules speaks to staff.
REFUSED_STEPS = (
    "A colleague was faster. The request is now: %(status)s.",
    "A colleague was faster.",
    "We have your answer already, or there is no question waiting.",
    "This appointment has ended or is cancelled already.",
    "An appointment is booked for this request already.",
    "The time was held for you until a little while ago; the hold has ended.",
    "This time isn't held any more.",
    "That time has just been taken. Please choose another one.",
    "We are sorry: that time isn't possible any more. We look for another one.",
)

_MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
_WITH_CONTEXT = {"pgettext", "pgettext_lazy"}


@dataclass
class Entry:
    """One message of the .po; `forms` has two Spanish wordings where the English has a plural."""

    context: str = ""
    english: str = ""
    plural: str = ""
    forms: list[str] = field(default_factory=list)
    is_fuzzy: bool = False

    @property
    def key(self) -> str:
        """As gettext keeps it."""
        return f"{self.context}\x04{self.english}" if self.context else self.english

    @property
    def is_translated(self) -> bool:
        return bool(self.forms) and all(self.forms)


def entries() -> list[Entry]:
    """The messages of the .po, its header first."""
    found = []
    for block in (FOLDER / "django.po").read_text().split("\n\n"):
        entry, parts = Entry(), dict[str, str]()
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
                continue
            if not line.startswith('"'):
                keyword, _space, line = line.partition(" ")
            parts[keyword] = parts.get(keyword, "") + ast.literal_eval(line)
        entry.context, entry.english = parts.get("msgctxt", ""), parts.get("msgid", "")
        entry.plural = parts.get("msgid_plural", "")
        entry.forms = [words for name, words in parts.items() if name.startswith("msgstr")]
        found.append(entry)
    return found


def patients_words() -> set[str]:
    """The keys of everything that patients can see."""
    return {
        *REFUSED_STEPS,
        *(str(label) for choices in CHOICES for label in choices.labels),
        *(
            key
            for path in _files("templates", TEMPLATES)
            if path.name not in FOR_STAFF
            for key in _said_by(path)
        ),
        *(key for path in _files("", MODULES) for key in _marked_in(path)),
    }


def _files(folder: str, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = ROOT / folder / name
        yield from (
            (each for each in path.rglob("*.*") if "__pycache__" not in each.parts)
            if path.is_dir()
            else [path]
        )


def _said_by(path: Path) -> Iterator[str]:
    """What a template marks for translation."""
    nodes = Template(path.read_text()).nodelist
    lines: list[Any] = nodes.get_nodes_by_type(TranslateNode)
    blocks: list[Any] = nodes.get_nodes_by_type(BlockTranslateNode)
    for line in lines:
        words = line.filter_expression.var.literal
        if isinstance(words, str):
            context = line.message_context.var if line.message_context else ""
            yield f"{context}\x04{words}" if context else words
    for block in blocks:
        yield block.render_token_list(block.singular)[0]


def _marked_in(path: Path) -> Iterator[str]:
    """What a module marks for translation."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            values = [each.value for each in node.args if isinstance(each, ast.Constant)]
            said = [value for value in values if isinstance(value, str)]
            if node.func.id in _MARKERS:
                yield said[0]
            elif node.func.id in _WITH_CONTEXT:
                yield f"{said[0]}\x04{said[1]}"


def placeholders(words: str) -> list[str]:
    """What is filled in later, and the tags, in any order."""
    return sorted(re.findall(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>", words))
