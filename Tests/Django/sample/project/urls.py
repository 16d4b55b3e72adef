"""No pages: this project answers WebSockets and works for the fronts."""

urlpatterns = []
