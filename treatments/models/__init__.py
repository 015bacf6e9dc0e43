"""What the clinic offers and writes: treatments, articles, their versions, screening questions, sources."""

from clinic.languages import MAIN, Language
from clinic.models.signed import Release, SignedText, State
from clinic.rich_text import EDITOR_EXTENSIONS, clean_body
from treatments.models.address import ArticleAddress, TreatmentAddress
from treatments.models.alarm import AlarmWords
from treatments.models.facts import ArticleDrawing, TreatmentDrawing
from treatments.models.page import ASSUMED_VISIT_MINUTES, Article, Treatment
from treatments.models.screening import Answer, FlaggedAnswer, ScreeningQuestion
from treatments.models.source import Cited, Source
from treatments.models.version import (
    ArticleVersion,
    ContentVersion,
    TreatmentVersion,
    VersionQuerySet,
    VersionT,
)

__all__ = [
    "ASSUMED_VISIT_MINUTES",
    "EDITOR_EXTENSIONS",
    "MAIN",
    "AlarmWords",
    "Answer",
    "Article",
    "ArticleAddress",
    "ArticleDrawing",
    "ArticleVersion",
    "Cited",
    "ContentVersion",
    "FlaggedAnswer",
    "Language",
    "Release",
    "ScreeningQuestion",
    "SignedText",
    "Source",
    "State",
    "Treatment",
    "TreatmentAddress",
    "TreatmentDrawing",
    "TreatmentVersion",
    "VersionQuerySet",
    "VersionT",
    "clean_body",
]
