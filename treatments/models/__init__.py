"""What the clinic offers and writes: treatments, articles, their versions, screening questions, sources."""

from clinic.languages import Language
from clinic.rich_text import EDITOR_EXTENSIONS, clean_body
from treatments.models.page import ASSUMED_VISIT_MINUTES, Article, Treatment
from treatments.models.screening import Answer, FlaggedAnswer, ScreeningQuestion
from treatments.models.source import Source
from treatments.models.version import (
    ArticleVersion,
    ContentVersion,
    TreatmentVersion,
    VersionT,
    shown_version,
)

__all__ = [
    "ASSUMED_VISIT_MINUTES",
    "EDITOR_EXTENSIONS",
    "Answer",
    "Article",
    "ArticleVersion",
    "ContentVersion",
    "FlaggedAnswer",
    "Language",
    "ScreeningQuestion",
    "Source",
    "Treatment",
    "TreatmentVersion",
    "VersionT",
    "clean_body",
    "shown_version",
]
