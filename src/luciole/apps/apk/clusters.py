"""Groups an app's own classes by package prefix, so that one code base under many names gives one digest.

How: class names that stay readable are taken relative to the prefix: the longest package that a group of classes
shares, of two to four labels. Known libraries, generated classes (R, BuildConfig, lambdas, anonymous classes) and names
an obfuscator shortened (a simple name of one or two letters, a package label of one letter) are left out, because they
differ between builds of the same source. The digest is the SHA-256 of the sorted relative names joined by line feeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from luciole.apps.apk.dex import WORD, Dex, Flags, Words, decode_mutf8

FEWEST_CLASSES = 5
"""Smaller groups say nothing about a shared code base."""
MOST_CLUSTERS = 16
DEEPEST = 4
SHALLOWEST = 2

LIBRARIES: tuple[bytes, ...] = tuple(
    (
        b"android/ androidx/ kotlin/ kotlinx/ java/ javax/ dalvik/ libcore/ com/google/ com/facebook/ "
        b"com/squareup/ com/bumptech/ com/airbnb/ com/huawei/ com/amazonaws/ com/amazon/ com/crashlytics/ "
        b"com/fasterxml/ com/jakewharton/ com/microsoft/ com/mixpanel/ com/onesignal/ com/parse/ com/pusher/ "
        b"com/stripe/ com/unity3d/ com/applovin/ com/appsflyer/ com/flurry/ com/adjust/ com/ironsource/ com/vungle/ "
        b"com/mopub/ com/inmobi/ com/chartboost/ com/tencent/ com/alibaba/ com/baidu/ com/umeng/ com/amap/ "
        b"com/nostra13/ com/actionbarsherlock/ com/loopj/ com/koushikdutta/ com/j256/ com/raizlabs/ com/thoughtworks/ "
        b"com/caverock/ com/getkeepsafe/ com/readystatesoftware/ com/lidroid/ com/orhanobut/ com/github/ org/apache/ "
        b"org/json/ org/jsoup/ org/webrtc/ org/intellij/ org/jetbrains/ org/bouncycastle/ org/spongycastle/ org/slf4j/ "
        b"org/joda/ org/greenrobot/ org/reactivestreams/ org/eclipse/ org/xmlpull/ org/w3c/ org/xml/ org/hamcrest/ "
        b"org/junit/ org/mockito/ org/codehaus/ org/chromium/ org/conscrypt/ org/ksoap2/ org/kxml2/ org/osmdroid/ "
        b"org/opencv/ org/acra/ org/simpleframework/ org/checkerframework/ org/aspectj/ org/jivesoftware/ okhttp3/ "
        b"okio/ retrofit/ retrofit2/ rx/ bolts/ dagger/ butterknife/ timber/ coil/ junit/ scala/ groovy/ io/reactivex/ "
        b"io/realm/ io/fabric/ io/flutter/ io/sentry/ io/grpc/ io/netty/ io/socket/ io/branch/ io/ktor/ "
        b"io/jsonwebtoken/ io/opencensus/ io/perfmark/ io/agora/ io/objectbox/ io/github/ de/greenrobot/ "
        b"net/sqlcipher/ net/sourceforge/ net/zetetic/ me/leolin/ uk/co/senab/ jp/wasabeef/ fi/iki/ eu/chainfire/ gnu/ "
        b"sun/ me/imid/ pl/droidsonroids/ nl/komponents/ ch/boye/ ch/qos/ cz/msebera/ "
    ).split()
)
"""Starts of class names of libraries that many unrelated apps carry."""
_FIRST_WORDS = [np.uint64(int.from_bytes(text, "little")) for text in (b"Lkotlin/", b"Lokhttp3", b"Landroid")]
_LIBRARY_STARTS = frozenset(LIBRARIES)
_HALF = np.uint64(32)
_SECOND_WORD = np.uint64(int.from_bytes(b"/google/", "little"))
"""The libraries that make up most classes, by eight bytes of the descriptor: their names need not be cut out."""
_GENERATED = frozenset((b"R", b"BuildConfig", b"BR", b"Manifest", b"DataBinderMapperImpl"))
_SHORT = 2
_ANDROID_LIBRARIES = tuple(
    b"com/android/%s/" % name for name in b"volley vending billingclient installreferrer tools internal support".split()
)
"""Libraries under com/android, a package that apps in disguise use for their own classes."""
_LONGEST = 1024


class Cluster(NamedTuple):
    """One group. prefix: the package with dots; digest: of the relative names; classes: how many names went in."""

    prefix: str
    digest: str
    classes: int


def own_classes(dex: Dex) -> list[bytes]:
    """The names, such as com/vendor/app/Main, of the classes `dex` defines; most library classes are left out.

    Names are cut out in runs that share their first sixteen bytes, so that libraries are passed over as a whole.
    """
    classes = dex.classes[dex.classes < len(dex.types)]
    strings = dex.types[classes].astype(np.int64)
    strings = strings[strings < len(dex.strings)]
    if not len(strings):
        return []
    strings = np.sort(strings[~_is_common(*dex.first_words(strings))])
    first, second = dex.first_words(strings)
    borders = np.flatnonzero((first[1:] != first[:-1]) | (second[1:] != second[:-1])) + 1
    named: list[int] = []
    for start, stop in pairwise([0, *borders.tolist(), len(strings)]):
        run = strings[start:stop].tolist()
        if run and not _in_library(dex.raw(run[0], 2 * WORD)):
            named += run
    return [text[1:-1] for text in dex.texts(named, _LONGEST)]


def _is_common(first: Words, second: Words) -> Flags:
    """Which descriptors belong to the libraries that make up most classes; their first sixteen bytes as two words."""
    common: Flags = (first >> _HALF | second << _HALF) == _SECOND_WORD
    for word in _FIRST_WORDS:
        common |= first == word
    return common


def _in_library(descriptor: bytes) -> bool:
    """Whether a descriptor, or one that begins like this, is that of a class in one of `LIBRARIES`."""
    one = descriptor.find(b"/") + 1
    two = descriptor.find(b"/", one) + 1
    return descriptor[1:one] in _LIBRARY_STARTS or descriptor[1:two] in _LIBRARY_STARTS


def clusters(names: Iterable[bytes]) -> list[Cluster]:
    """The groups among `names` (as `own_classes` gives them, of all DEX files of one app), the largest first."""
    groups: dict[bytes, list[bytes]] = {}
    for name in names:
        end = name.find(b"/", name.find(b"/") + 1)
        if end > 0:
            groups.setdefault(name[: end + 1], []).append(name)
    found = []
    for start, group in groups.items():
        if len(group) >= FEWEST_CLASSES and not start.startswith(LIBRARIES):
            readable = _readable(group)
            if len(readable) >= FEWEST_CLASSES:
                found.append(_cluster(readable))
    return sorted(found, key=lambda cluster: (-cluster.classes, cluster.prefix))[:MOST_CLUSTERS]


def _readable(names: Iterable[bytes]) -> set[bytes]:
    """Those class names that a person wrote: not generated, and not shortened by an obfuscator."""
    packages: dict[bytes, bool] = {}
    found = set()
    for name in names:
        package, _, simple = name.rpartition(b"/")
        if package not in packages:
            packages[package] = _is_written_package(package)
        if packages[package] and _is_written(simple):
            found.add(name)
    return found


def _is_written_package(package: bytes) -> bool:
    if (package + b"/").startswith(_ANDROID_LIBRARIES):
        return False
    return all(len(label) >= _SHORT for label in package.split(b"/"))


def _is_written(simple: bytes) -> bool:
    """Whether a person wrote this name of a class, without its package."""
    if len(simple) <= _SHORT or b"-" in simple:
        return False
    outer, _, inner = simple.rpartition(b"$")
    if (outer or simple).partition(b"$")[0] in _GENERATED:
        return False
    return not (outer and (inner.isdigit() or len(inner) <= _SHORT or b"$$" in simple))


def _cluster(names: set[bytes]) -> Cluster:
    """One group under the longest package its classes share, of at most `DEEPEST` labels."""
    lowest, highest = min(names).split(b"/")[:-1], max(names).split(b"/")[:-1]
    shared = 0
    while shared < min(len(lowest), len(highest), DEEPEST) and lowest[shared] == highest[shared]:
        shared += 1
    prefix = b"/".join(lowest[:shared])
    relative = sorted(name[len(prefix) + 1 :] for name in names)
    digest = hashlib.sha256(b"\n".join(relative)).hexdigest()
    return Cluster(decode_mutf8(prefix).replace("/", "."), digest, len(names))
