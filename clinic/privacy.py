"""The privacy notice's version, kept with each consent: change it when the notice's words change meaning."""

PRIVACY_VERSION = "2026-11"
