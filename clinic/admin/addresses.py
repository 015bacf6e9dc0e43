"""The admin of pages with an address of their own."""

from typing import Any

from django.contrib import admin
from django.db import IntegrityError, models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AddressAdmin(admin.ModelAdmin[Any]):
    """Says in plain words what an address may be, also to the slower of two who take the same one."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.SlugField):
            plain = _("Use letters without accents, digits and hyphens alone, such as frown-lines.")
            kwargs["error_messages"] = {"invalid": plain}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Whoever was faster has stored theirs by now: the second look finds it, and says so beside the field
        with all that was typed."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            return super().changeform_view(request, *args, **kwargs)
