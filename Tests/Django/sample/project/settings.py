"""Settings of a project that shares its channel layer with Muster's fronts.

The environment variables are those of `muster serve`, so that one environment
configures both.
"""

import os


def _list(name, default=""):
    return [part for part in os.environ.get(name, default).split(",") if part]


SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for a sample on 127.0.0.1")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["channels", "online"]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
USE_TZ = True

# In the same order as Muster's: the order says which host has which group.
REDIS_HOSTS = _list("MUSTER_REDIS", "redis://127.0.0.1:6379")
CHANNEL_PREFIX = os.environ.get("MUSTER_PREFIX", "asgi")

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": REDIS_HOSTS,
            "prefix": CHANNEL_PREFIX,
            "capacity": int(os.environ.get("MUSTER_CAPACITY", "100")),
            "serializer_format": os.environ.get("MUSTER_SERIALIZER", "msgpack"),
            "symmetric_encryption_keys": _list("MUSTER_ENCRYPTION_KEYS"),
        },
    },
}
if os.environ.get("DJANGO_CHANNEL_LAYER") == "pubsub":
    CHANNEL_LAYERS["default"]["BACKEND"] = "channels_redis.pubsub.RedisPubSubChannelLayer"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
