"""How many channels a group has, in all processes."""

from django.conf import settings
from redis import asyncio as redis


async def group_count(group):
    """The size of the group's sorted set, in which fronts and Django keep their members.

    It is on one Redis host; with several, the group's name would choose among them.
    """
    async with redis.from_url(settings.REDIS_HOSTS[0]) as connection:
        return await connection.zcard(f"{settings.CHANNEL_PREFIX}:group:{group}")
