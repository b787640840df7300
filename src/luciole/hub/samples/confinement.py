"""Takes from a process, for good, what no reader of files needs: network, new processes, new files, other processes.

A filter of system calls (seccomp, Linux `Documentation/userspace-api/seccomp_filter.rst`; instructions as in
`include/uapi/linux/bpf_common.h`). What is refused answers EPERM. It holds where bubblewrap is missing, and twice where
it is not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from typing import NamedTuple

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _ABOVE, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32
"""Offsets in `struct seccomp_data`: the number, the architecture, and the low halves of three arguments."""
_THREAD = 0x10000
"""CLONE_THREAD: one more thread of this process, which YARA-X needs to keep its time."""
_CLONE3 = 435
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_OTHER_ABI = 0x40000000
"""Numbers from here on are those of x32, which name the same calls again."""


class _System(NamedTuple):
    """Numbers of one architecture. audit: its mark; refused: calls; opening: number → offset of the flags; clone: makes
    threads and processes."""  # noqa: D205, D209 - a list of fields follows the sentence

    audit: int
    refused: tuple[int, ...]
    opening: dict[int, int]
    clone: int


_X86_64 = _System(
    0xC000003E,
    (
        *range(41, 51), 53, 54, 288, 299, 307,  # socket and everything done with one
        57, 58, 59, 322,  # fork, vfork, execve, execveat
        62, 101, 310, 311, 424, 434, 438,  # kill, ptrace, process_vm_*, pidfd_*
        # names, modes and lengths of files
        76, 77, *range(82, 89), *range(90, 96), 133, 235, *range(258, 261), *range(263, 267), 268, 280, 285, 316, 452,
        188, 189, 190, 197, 198, 199,  # extended attributes
        155, 161, 165, 166, 272, 308, 428, 429, 430, 442,  # roots, mounts, name spaces
        # keys, perf, bpf, userfaultfd, io_uring, openat2, memfd_secret
        248, 249, 250, 298, 321, 323, 425, 426, 427, 437, 447,
    ),
    {2: _SECOND, 257: _THIRD},
    56,
)  # fmt: skip
_ARM64 = _System(
    0xC00000B7,
    (
        *range(198, 213), 242, 243, 269,
        221, 281,
        117, 129, 270, 271, 424, 434, 438,
        *range(33, 40), 45, 46, 52, 53, 54, 55, 276, 47, 452, 88,
        5, 6, 7, 14, 15, 16,
        39, 40, 41, 51, 97, 268, 428, 429, 430, 442,
        217, 218, 219, 241, 280, 282, 425, 426, 427, 437, 447,
    ),
    {56: _THIRD},
    220,
)  # fmt: skip
_SYSTEMS = {"x86_64": _X86_64, "aarch64": _ARM64}


class _Program(ctypes.Structure):
    """`struct sock_fprog` of the kernel."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def can_confine() -> bool:
    """Whether the filter is written for this computer's processor."""
    return platform.machine() in _SYSTEMS


def confine() -> None:
    """Confines this process and what it might start. Raises OSError where the system refuses or is another one."""
    system = _SYSTEMS.get(platform.machine())
    if system is None:
        raise OSError(errno.ENOSYS, "no filter is written for this processor")
    code = b"".join(_filter(system))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    library = ctypes.CDLL(None, use_errno=True)
    _control(library, _SET_NO_NEW_PRIVILEGES, 1, None)
    _control(library, _SET_SECCOMP, _FILTER, ctypes.byref(program))


def _control(library: ctypes.CDLL, *arguments: object) -> None:
    if library.prctl(*arguments, 0, 0):
        raise OSError(ctypes.get_errno(), "this process cannot be confined")


def _filter(system: _System) -> Iterable[bytes]:
    """The program. Jumps say how many instructions are left out when a comparison holds, and when it does not."""
    refuse = _instruction(_RETURN, 0, 0, _REFUSE | errno.EPERM)
    yield _instruction(_LOAD, 0, 0, _ARCHITECTURE)
    yield _instruction(_EQUAL, 1, 0, system.audit)
    yield _instruction(_RETURN, 0, 0, _KILL)
    yield _instruction(_LOAD, 0, 0, _NUMBER)
    yield _instruction(_ABOVE, 0, 1, _OTHER_ABI)
    yield _instruction(_RETURN, 0, 0, _KILL)
    for number in sorted(set(system.refused)):
        yield _instruction(_EQUAL, 0, 1, number)
        yield refuse
    for number, flags in system.opening.items():
        yield _instruction(_EQUAL, 0, 4, number)
        yield _instruction(_LOAD, 0, 0, flags)
        yield _instruction(_ANY_OF, 0, 1, _WRITING)
        yield refuse
        yield _instruction(_RETURN, 0, 0, _ALLOW)
    yield _instruction(_EQUAL, 0, 1, _CLONE3)
    yield _instruction(_RETURN, 0, 0, _REFUSE | errno.ENOSYS)  # the C library then asks with clone
    yield _instruction(_EQUAL, 0, 4, system.clone)
    yield _instruction(_LOAD, 0, 0, _FIRST)
    yield _instruction(_ANY_OF, 1, 0, _THREAD)
    yield refuse
    yield _instruction(_RETURN, 0, 0, _ALLOW)
    yield _instruction(_RETURN, 0, 0, _ALLOW)


def _instruction(code: int, met: int, otherwise: int, value: int) -> bytes:
    """`struct sock_filter`."""
    return struct.pack("=HBBI", code, met, otherwise, value)
