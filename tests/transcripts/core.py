#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the core of a process that has a program, memory and a stack mapped: headers alone.
With "swapped", of a big-endian machine of 32 bits; with "exec", what is no core."""

import struct
import sys

WIDE = "swapped" not in sys.argv
E, W = ("<", "Q") if WIDE else (">", "I")
PAGE = 4096
R, RW, RX = 4, 6, 5

# Protection, start, pages.
VMAS = [(R, 0x400000, 1), (RX, 0x401000, 3), (RW, 0x404000, 1), (RW, 0x405000, 2),
        (0, 0x50000000, 1), (RW, 0x50001000, 2048), (RW, 0x7fff0000, 33)]
# Start, end, page of the file; the names are as short as the words of another file.
FILES = [(0x400000, 0x404000, 0, b"/bin/d"), (0x404000, 0x405000, 4, b"/bin/d"),
         (0x600000, 0x601000, 0, b"/gone")]


def main():
    words = [len(FILES), PAGE] + [word for f in FILES for word in f[:3]]
    desc = struct.pack(f"{E}{len(words)}{W}", *words) + b"".join(f[3] + b"\0" for f in FILES)
    desc += b"\0" * (-len(desc) % 4)
    note = struct.pack(f"{E}3I", 5, len(desc), 0x46494c45) + b"CORE\0\0\0\0" + desc

    header, segment = (64, 56) if WIDE else (52, 32)
    at = header + segment * (1 + len(VMAS))
    kind = 2 if "exec" in sys.argv else 4
    out = b"\x7fELF" + bytes([1 + WIDE, 1 + (E == ">"), 1]) + b"\0" * 9
    out += struct.pack(f"{E}HHI3{W}I6H", kind, 62 if WIDE else 20, 1, 0, header, 0, 0,
                       header, segment, 1 + len(VMAS), 0, 0, 0)
    for what, prot, start, offset, size, mapped in \
            [(4, 0, 0, at, len(note), 0)] + [(1, p, s, 0, 0, n * PAGE) for p, s, n in VMAS]:
        rest = [offset, start, 0, size, mapped]
        out += struct.pack(f"{E}II5{W}{W}", what, prot, *rest, 4) if WIDE else \
            struct.pack(f"{E}8I", what, *rest, prot, 4)
    sys.stdout.buffer.write(out + note)


if __name__ == "__main__":
    main()
