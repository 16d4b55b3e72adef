from django.urls import path

from online.consumers import JobConsumer, OnlineNumberConsumer

# What this project's own WebSockets are answered by.
websocket_urlpatterns = [
    path("ws/online_number/", OnlineNumberConsumer.as_asgi()),
]

# What `manage.py runworker jobs` receives from the channel of that name.
channel_consumers = {
    "jobs": JobConsumer.as_asgi(),
}
