"""Simple formatted text: what the editor can write, and nothing else in it."""

from typing import Any

from django_prose_editor.fields import create_sanitizer

from clinic.pasted import tidied

EDITOR_EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Heading": {"levels": [2, 3]},
    "Link": {"protocols": ["https", "tel"]},
    "HardBreak": True,
    "Blockquote": True,
}
# The editor (tiptap, as bundled) adds one style element; its content is always this.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"


def clean_body(html: str) -> str:
    """`html`, or what was pasted from a word processor, with nothing in it that the editor can't write: no
    script, style, image or foreign scheme."""
    cleaned: str = create_sanitizer(EDITOR_EXTENSIONS)(tidied(html))
    return cleaned
