"""The picture of a row in the admin: a page of its own for choosing a file and saying what it shows."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.http.form_gate import takes_uploads
from clinic.models import Picture
from clinic.pictures import storing
from clinic.pictures.formats import FORMATS, MOST_BYTES
from clinic.signed.signing import FASTER
from clinic.staff import costly
from clinic.staff.site import address

# Beside the file the body holds a few words.
MOST_BODY_BYTES = MOST_BYTES + 64 * 1024


_ON_THE_PAGE = _("The picture is on the page.")
# So many of those that wait or were there before are shown.
_OTHERS = 6


class PictureForm(forms.ModelForm[Picture]):
    """A file, which may stay away where there is a picture, and the words that belong to it."""

    file = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(attrs={"accept": ",".join(FORMATS.values()) + ",image/png"}),
        help_text=_(
            "A JPEG, PNG, WebP or AVIF file of up to 12 MB. We make it small, and take out where it was"
            " taken."
        ),
    )

    class Meta:
        model = Picture
        fields = ("alt", "alt_es", "credit")
        widgets = dict.fromkeys(fields, AdminTextInputWidget)

    field_order = ("file",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["file"].required = False
            self.fields["file"].label = _("Another picture (empty: the one above stays)")
        else:
            self.initial.setdefault("credit", "FineTouch Dermatology")

    def clean_file(self) -> storing.Made | None:
        """The files of the picture."""
        upload = self.cleaned_data["file"]
        if upload is None:
            return None
        try:
            return storing.make(upload)
        except storing.PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class PictureAdmin(admin.ModelAdmin[Any]):
    """The admin of rows that have a picture. It shows at once, unless a version holds it."""

    picture_field = "picture"
    picture_label: str | Promise = _("Picture")

    def get_urls(self) -> list[Any]:
        """Beside the others, the page of the picture."""

        @takes_uploads(MOST_BODY_BYTES)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            return self.picture_view(request, pk)

        page = path("<int:pk>/picture/", self.admin_site.admin_view(view), name=self._page_name("picture"))
        return [page, *super().get_urls()]

    def _page_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def picture_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shows the picture and takes another one, other words for it, or it off the page."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        picture = self.picture_of(row)
        if request.method == "POST" and self._steps & request.POST.keys():
            return self._step(request, row)
        if request.FILES and (refusal := costly.refused(request, costly.PICTURES)):
            return refusal
        form = PictureForm(request.POST or None, request.FILES or None, instance=picture)
        if request.method == "POST" and form.is_valid():
            made = form.cleaned_data.pop("file")
            return self.place_picture(request, row, made, storing.Words(**form.cleaned_data))
        others = storing.of(row, self.picture_field).exclude(pk=picture.pk if picture else 0)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": row,
            "picture": picture,
            "others": others[:_OTHERS],
            "waits": self.picture_waits,
            "title": self.picture_label,
            "form": form,
        }
        return TemplateResponse(
            request, "admin/clinic/picture.html", context, status=422 if form.errors else 200
        )

    _steps = frozenset({"_take_away", "_put"})
    # Whether what is saved here shows at once, or with a version that somebody signs.
    picture_waits = False

    def picture_of(self, row: Any) -> Picture | None:
        """The picture that the page begins with."""
        picture: Picture | None = getattr(row, self.picture_field)
        return picture

    def place_picture(
        self, request: HttpRequest, row: Any, made: storing.Made | None, words: storing.Words
    ) -> HttpResponse:
        storing.place(row, self.picture_field, made, words)
        return self._done(request, row, _ON_THE_PAGE)

    def put_picture(self, request: HttpRequest, row: Any, picture: Picture | None) -> HttpResponse:
        """Puts a picture that was there before back onto the page, or takes it off."""
        if picture is None:
            storing.take_away(row, self.picture_field)
            return self._done(request, row, _("The picture is off the page."))
        is_there = storing.put(row, self.picture_field, picture.pk)
        return self._done(request, row, _ON_THE_PAGE if is_there else FASTER)

    def _step(self, request: HttpRequest, row: models.Model) -> HttpResponse:
        if "_take_away" in request.POST:
            return self.put_picture(request, row, None)
        number = request.POST["_put"]
        pk = int(number) if number.isdecimal() and len(number) < 19 else 0
        picture = storing.of(row, self.picture_field).filter(pk=pk).first()
        if picture is None:
            return self._done(request, row, FASTER)
        return self.put_picture(request, row, picture)

    def _done(self, request: HttpRequest, row: models.Model, words: str | Promise) -> HttpResponse:
        self.log_change(request, row, str(words))
        messages.success(request, str(words))
        return redirect(address(self._page_name("picture"), row.pk))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the picture, with the way to its page for those who may change it."""
        row = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        if row is not None:
            may_change = self.has_change_permission(request, row)
            context |= {
                "picture": self.picture_of(row),
                "picture_label": self.picture_label,
                "picture_url": address(self._page_name("picture"), row.pk) if may_change else "",
            }
        return super().render_change_form(request, context, *args, **kwargs)
