"""What the clinic offers and writes: treatments, articles, their versions, screening questions, sources."""

from treatments.models.page import ASSUMED_VISIT_MINUTES, Article, Treatment
from treatments.models.screening import Answer, FlaggedAnswer, ScreeningQuestion
from treatments.models.source import Source
from treatments.models.version import (
    EDITOR_EXTENSIONS,
    ArticleVersion,
    ContentVersion,
    Language,
    TreatmentVersion,
    VersionT,
    clean_body,
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
