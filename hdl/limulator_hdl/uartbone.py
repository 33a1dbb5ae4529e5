"""The wire format of LiteX's uartbone, and the words of the bridge's own that make a link safe.

=========  =======  ===========  ===================  ======================================================
command    length   address      data                 meaning
=========  =======  ===========  ===================  ======================================================
1 byte     1 byte   4 bytes      4 bytes each         big endian; the address counts words
``01``     n        first word   n words              write to consecutive addresses; no answer
``02``     n        first word                        read consecutive addresses; answer: n words, nothing else
``03``     n        the word     n words              write to one address
``04``     n        the word                          read one address n times
=========  =======  ===========  ===================  ======================================================

Any other command takes its length and address, and does nothing; neither does a length of 0. Two bytes of one request
further apart than the timeout end it: the words complete by then are written, the rest is forgotten. Bytes that arrive
during an answer are ignored. A word that is refused, or that the bus does not answer, is read as :data:`REFUSED_WORD`, so
that n words always make 4 n bytes.

The bridge's checksums are CRC-32 as zlib has it, of the bytes on the line in their order; where a word has been refused,
the lowest bit is inverted, after the bytes of a word to write, and before those of a word that was read. So one checksum
tells whether all was as it should be.
"""

from __future__ import annotations

import enum

__all__ = ["ADDRESS_BITS", "MOST_WORDS", "OWN_BASE", "REFUSED_WORD", "Command", "OwnWord"]


class Command(enum.IntEnum):
    """First byte of a request."""

    WRITE = 1
    READ = 2
    WRITE_FIXED = 3
    READ_FIXED = 4


class OwnWord(enum.IntEnum):
    """The bridge's own words, counted from :data:`OWN_BASE`. CONSTANTS is the first of what the board was built with."""

    WRITTEN = 0
    """Checksum of all write requests since reset, header and words, as far as they have reached the bus."""
    ANSWERED = 1
    """Checksum of the last read request that has been answered, and its answer."""
    REFUSED = 2
    """Bit 31: a word has been refused, the first at the address in the low 30 bits. Writing anything clears it."""
    CONSTANTS = 3


ADDRESS_BITS = 30
"""Of a word address: those of a 32-bit byte address without its low two. The others are ignored."""

OWN_BASE = 1 << ADDRESS_BITS - 1
"""Address of the bridge's own words: byte address 0x80000000, where LiteX has its input and output."""

MOST_WORDS = 255
"""Words in a request."""

REFUSED_WORD = 0xBADACCE5
"""What a read of a word that is refused is answered with."""
