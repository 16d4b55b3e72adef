import os

from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

# Sets Django up, so it comes before the import of anything that needs the settings.
django_application = get_asgi_application()

from project.routing import channel_consumers, websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(websocket_urlpatterns),
        "channel": ChannelNameRouter(channel_consumers),
    }
)
