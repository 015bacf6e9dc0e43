"""Static files under names that change with their content, and under their plain ones until collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """A file that `collectstatic` has not seen yet keeps its plain name, under which WhiteNoise finds it.

    Without this every page would fail on a machine where nobody ran `collectstatic`, or not since an upgrade.
    """

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
