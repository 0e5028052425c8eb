"""What an origin of WebSockets says: what it was told."""
import websockets


async def echo(socket, _path=None):
    try:
        while True:
            await socket.send(await socket.recv())
    except websockets.ConnectionClosed:
        pass
