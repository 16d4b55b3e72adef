"""What this project does with connections: its own, and those of Muster's fronts."""

from channels.consumer import AsyncConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from online.counting import group_count


class OnlineNumberConsumer(AsyncJsonWebsocketConsumer):
    """Tells everyone how many are online, those who came through a front too."""

    GROUP = "users"

    async def connect(self):
        await self.accept()
        await self.channel_layer.group_add(self.GROUP, self.channel_name)
        await self.announce()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.GROUP, self.channel_name)
        await self.announce()

    async def announce(self):
        count = await group_count(self.GROUP)
        await self.channel_layer.group_send(
            self.GROUP, {"type": "number", "message": str(count)}
        )

    async def number(self, event):
        await self.send_json({"message": event["message"]})


class JobConsumer(AsyncConsumer):
    """Answers the connections that a front hands to the channel `jobs`.

    The front holds the connection; this consumer, in whichever worker is free, says
    what becomes of it by sending to its reply channel.
    """

    async def websocket_connect(self, event):
        await self.reply(event, {"type": "websocket.accept"})
        for group in event["arguments"].values():
            await self.reply(event, {"type": "group.add", "group": group})

    async def websocket_receive(self, event):
        if event.get("text") == "close":
            await self.reply(event, {"type": "websocket.close", "code": 4000})
        elif "text" in event:
            await self.reply(event, {"type": "websocket.send", "text": event["text"]})
        else:
            await self.reply(event, {"type": "websocket.send", "bytes": event["bytes"]})

    async def websocket_disconnect(self, event):
        """Nothing to do: the front has taken the connection out of its groups."""

    async def reply(self, event, message):
        await self.channel_layer.send(event["reply_channel"], message)
