"""The shipped privacy notice and its version, which each consent names.

When the words change meaning, the template before is kept under another name and a new version begins.
docs/privacy-notice.md says of each sentence what makes it true.
"""

PRIVACY_VERSION = "2026-11-27"
SHIPPED = {
    PRIVACY_VERSION: "clinic/_privacy_shipped.html",
    "2026-11-26": "clinic/_privacy_2026_11_26.html",
    "2026-11": "clinic/_privacy_2026_11.html",
}
