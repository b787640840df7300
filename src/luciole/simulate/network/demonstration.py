"""Two scenes: an ordinary evening of a phone, and the same with a program that calls home; nothing in them is real."""

from __future__ import annotations

from luciole.simulate.network import encryption
from luciole.simulate.network.scene import PHONE, SECOND, Device, Scene

KNOWN_HOST = "panel.watcher.example"
KNOWN_ADDRESS = "203.0.113.66"
_SHOP, _NEWS, _PHOTOS, _TIME = "198.51.100.20", "198.51.100.21", "198.51.100.30", "198.51.100.40"
SITES = ("www.shop.example", "news.example", "img.news.example", "mail.post.example", "maps.example", "weather.example")


def ordinary(scene: Scene, device: Device = PHONE, minutes: int = 60) -> None:
    """Web, mail, the time, push messages that stay open, and photos that are saved to a cloud once."""
    scene.lease(0, device, "android-phone")
    for number in range(minutes * 2):
        name = SITES[number * 7 % len(SITES)]
        at = number * 30 + (number * 37 % 23)
        address = f"198.51.100.{50 + number % len(SITES)}"
        scene.lookup(at, device, name, (address,))
        if number % 3:
            scene.tls(at + 0.1, device, address, name, received=2_000 + number * 97 % 9_000)
        else:
            scene.quic(at + 0.1, device, address, name)
    scene.lookup(5, device, "time.google.com", (_TIME,))
    scene.lookup(40, device, "photos.cloud.example", (_PHOTOS,), ("edge.cdn.example",))
    scene.tls(41, device, _PHOTOS, "photos.cloud.example", sent=400_000, received=4_000)


def demonstration() -> Scene:
    """The ordinary evening of one phone; another calls a made-up panel every minute and sends files in the clear."""
    scene = Scene(7)
    ordinary(scene)
    ordinary(scene, SECOND, 20)
    scene.lookup(59, SECOND, KNOWN_HOST, (KNOWN_ADDRESS,))
    scene.beacon(60, SECOND, KNOWN_ADDRESS, KNOWN_HOST, every=60, times=50, jitter=0.1)
    scene.http(700, SECOND, KNOWN_ADDRESS, "files.watcher.example", method="POST", size=200_000)
    own = encryption.certificate("panel", ("panel.watcher.example",))
    scene.tls(900, SECOND, "203.0.113.67", "", port=4443, version=encryption.TLS12, certificates=(own,))
    return scene
