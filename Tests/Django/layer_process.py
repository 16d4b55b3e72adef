"""A process that holds one channels_redis layer and does with it what it is told.

    layer_process.py '{"layer": "core", "hosts": ["redis://127.0.0.1:6379"]}'

The argument names the layer, "core" or "pubsub", and beside it what channels_redis
takes in CONFIG: hosts, prefix, expiry, group_expiry, capacity, channel_capacity,
serializer_format, symmetric_encryption_keys. Only the core layer knows expiries and
capacities.

Requests come on standard input, one JSON object per line: {"id": 1, "do": "send",
"channel": …, "message": …}. Each is answered by one line on standard output,
{"id": 1, "result": …} or {"id": 1, "error": "ChannelFull", "text": …}; requests run
side by side, so answers may come in another order. Bytes in messages are written as
{"bytes": "<hex>"}. The process ends when its input does.
"""

import asyncio
import json
import sys
import time

from channels.exceptions import ChannelFull
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from sequence_tally import ChannelTally

LAYERS = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}
LONGEST_REQUEST = 64 * 1024 * 1024
RETRY_PAUSE = 0.005


def from_json(value):
    """Puts bytes where a request says {"bytes": "<hex>"}."""
    if isinstance(value, dict):
        if list(value) == ["bytes"] and isinstance(value["bytes"], str):
            return bytes.fromhex(value["bytes"])
        return {key: from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return value


def to_json(value):
    """The inverse of from_json."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


class LayerProcess:
    """One layer and what is going on with it; each public method is a request."""

    def __init__(self, layer, hosts, **config):
        self._layer = LAYERS[layer](hosts=hosts, **config)
        self._receives = {}
        self._tallies = {}
        self._collectors = []

    async def new_channel(self):
        return await self._layer.new_channel()

    async def group_add(self, group, channel):
        await self._layer.group_add(group, channel)

    async def group_discard(self, group, channel):
        await self._layer.group_discard(group, channel)

    async def group_send(self, group, message):
        await self._layer.group_send(group, from_json(message))

    async def send(self, channel, message):
        await self._layer.send(channel, from_json(message))

    async def flush(self):
        await self._layer.flush()

    async def receive(self, channel, timeout):
        """The next message, or null when none came in time.

        A receive that found nothing goes on: to cancel it would unsubscribe a channel
        of the pub/sub layer. What it takes is the answer to the next request.
        """
        task = self._receives.get(channel)
        if task is None:
            task = asyncio.create_task(self._layer.receive(channel))
            self._receives[channel] = task
        done, _ = await asyncio.wait({task}, timeout=timeout)
        if not done:
            return None
        del self._receives[channel]
        return task.result()

    async def start_collecting(self, channel):
        """Receives from a channel for ever and keeps account of it."""
        tally = self._tallies[channel] = ChannelTally()
        self._collectors.append(asyncio.create_task(self._collect(channel, tally)))

    async def collected(self, channel):
        return self._tallies[channel].summary()

    async def send_many(
        self, count, sender, group=None, channel=None, retry=False
    ):
        """Sends messages numbered from 0, each when the one before has been taken.

        With retry a message that finds the channel full is sent again until there is
        room; without, it is left out. Both are counted in "full".
        """
        if (group is None) == (channel is None):
            raise ValueError("name either a group or a channel")
        full = 0
        started = time.monotonic()
        for number in range(count):
            message = {"type": "test.message", "sender": sender, "number": number}
            while True:
                try:
                    if group is not None:
                        await self._layer.group_send(group, message)
                    else:
                        await self._layer.send(channel, message)
                    break
                except ChannelFull:
                    full += 1
                    if not retry:
                        break
                    await asyncio.sleep(RETRY_PAUSE)
        return {"full": full, "seconds": time.monotonic() - started}

    async def _collect(self, channel, tally):
        while True:
            try:
                tally.add(await self._layer.receive(channel))
            except Exception as error:
                tally.add_error(error)
                # While Redis is away receive() fails at once.
                await asyncio.sleep(0.05)


async def answer(process, line):
    request = json.loads(line)
    number, name = request.pop("id"), request.pop("do")
    try:
        if name.startswith("_"):
            raise AttributeError(name)
        result = await getattr(process, name)(**request)
        reply = {"id": number, "result": to_json(result)}
    except Exception as error:
        reply = {"id": number, "error": type(error).__name__, "text": str(error)}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


async def main(config):
    process = LayerProcess(**config)
    requests = asyncio.StreamReader(limit=LONGEST_REQUEST)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(requests), sys.stdin
    )
    # The loop itself keeps only weak references to tasks.
    running = set()
    while line := await requests.readline():
        task = asyncio.create_task(answer(process, line))
        running.add(task)
        task.add_done_callback(running.discard)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
