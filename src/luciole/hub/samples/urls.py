"""The addresses of this domain, below /samples/."""

from __future__ import annotations

from django.urls import path

from luciole.hub.samples import hand_in_views, hunt_views, search_views, views

app_name = "samples"
urlpatterns = [
    path("", views.listed, name="list"),
    path("help", views.language_help, name="help"),
    path("hand-in", hand_in_views.hand_in_page, name="hand-in"),
    path("uploads", hand_in_views.begin, name="upload"),
    path("uploads/<uuid:upload_id>", hand_in_views.pieces, name="pieces"),
    path("uploads/<uuid:upload_id>/finish", hand_in_views.finish, name="finish"),
    path("uploads/<uuid:upload_id>/give-up", hand_in_views.give_up, name="give-up"),
    path("own", hand_in_views.own, name="own"),
    path("own/<uuid:hand_in_id>", hand_in_views.change, name="change"),
    path("own/<uuid:hand_in_id>/withdraw", hand_in_views.withdraw, name="withdraw"),
    path("searches", search_views.saved, name="searches"),
    path("searches/<uuid:search_id>", search_views.saved_one, name="search"),
    path("searches/<uuid:search_id>/remove", search_views.remove, name="remove-search"),
    path("searches/<uuid:search_id>/feed", search_views.new_feed, name="new-feed"),
    path("feeds/<str:secret>", search_views.feed, name="feed"),
    path("hunts", hunt_views.listed, name="hunts"),
    path("hunts/<uuid:hunt_id>", hunt_views.one, name="hunt"),
    path("hunts/<uuid:hunt_id>/stop", hunt_views.stop, name="stop-hunt"),
    path("<str:sha256>", views.sample, name="sample"),
    path("<str:sha256>/places", views.places, name="places"),
    path("<str:sha256>/fetch", views.fetch, name="fetch"),
    path("<str:sha256>/comments", views.comment, name="comment"),
    path("<str:sha256>/comments/<uuid:comment_id>/remove", views.remove_comment, name="remove-comment"),
]
