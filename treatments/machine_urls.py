"""Addresses for machines, the same in every language."""

from django.urls import URLPattern, path

from treatments import sitemaps

urlpatterns: list[URLPattern] = [
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
]
