"""An encrypted workbook → what is in it, in memory: runs in the limited process (etl/sandbox.py), which can write nothing.

[MS-OFFCRYPTO]: .xlsx, .xlsm and .xlsb with agile or standard encryption, .xls with RC4, RC4 CryptoAPI or XOR.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

Source = Path | bytes
"""Where a workbook is read from: a file, or the bytes of one that was decrypted."""

_FILEPASS, _BOUNDSHEET = 0x002F, 0x0085
_IN_CLEAR = {0x0809, _FILEPASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138}
"""Records of an .xls that are never encrypted: BOF, FILEPASS, UsrExcl, FileLock, InterfaceHdr, RRDInfo, RRDHead ([MS-XLS] 2.2.10)."""
_BLOCK = 1024


class WrongPassword(Exception):
    """The password does not open the file."""


class NotDecrypted(Exception):
    """The file can't be decrypted with any password: its encryption is not known, or it is damaged."""


def openable(source: Source) -> Path | IO[bytes]:
    """What zipfile and openpyxl open. Each call gives a file of its own, so that threads don't share a position in it."""
    return io.BytesIO(source) if isinstance(source, bytes) else source


def opened(source: Source) -> IO[bytes]:
    """The file, open for reading."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def decrypted(path: Path, password: str) -> bytes:
    """The workbook that the encrypted file at `path` holds. Raises WrongPassword or NotDecrypted.

    Neither tells what the library said: the words of an error may hold a part of the password.
    """
    # Here, because most imports decrypt nothing and cryptography takes a tenth of a second to load.
    from msoffcrypto import OfficeFile, exceptions
    from msoffcrypto.format import ooxml, xls97

    with path.open("rb") as file:
        try:
            book: Any = OfficeFile(file)
            # Xls97File checks the password always, OOXMLFile when told to.
            book.load_key(password, **({"verify_password": True} if isinstance(book, ooxml.OOXMLFile) else {}))
        except (exceptions.InvalidKeyError, UnicodeEncodeError):
            raise WrongPassword from None
        except MemoryError:
            raise
        except Exception:  # whatever a library raises for a broken file becomes a sentence
            raise NotDecrypted from None
        try:
            return _plain_xls(book, file) if isinstance(book, xls97.Xls97File) else _plain_package(book)
        except MemoryError:
            raise
        except Exception:  # the password was right
            raise NotDecrypted from None


def _plain_package(book: Any) -> bytes:
    plain = io.BytesIO()
    book.decrypt(plain)
    return plain.getvalue()


def _plain_xls(book: Any, file: IO[bytes]) -> bytes:
    """The .xls with its workbook stream decrypted in place by the library's ciphers.

    Xls97File.decrypt itself won't do: it writes a temporary file, which this process may not, and fails on a stream with one to
    three bytes of padding.
    """
    import olefile
    from msoffcrypto.method import rc4, rc4_cryptoapi, xor_obfuscation

    book.data.workbook.seek(0)
    secret = book.data.workbook.read()
    records = list(_records(secret))
    if book.type == "xor":
        cipher = xor_obfuscation.DocumentXOR.decrypt(book.key, io.BytesIO(secret), _xor_marks(secret, records), [], 10)
    elif book.type == "rc4":
        cipher = rc4.DocumentRC4.decrypt(book.key, book.salt, io.BytesIO(secret), blocksize=_BLOCK)
    else:
        cipher = rc4_cryptoapi.DocumentRC4CryptoAPI.decrypt(book.key, book.salt, book.keySize, io.BytesIO(secret), blocksize=_BLOCK)
    plain = bytearray(cipher.read())
    for kind, start, in_clear, end in records:
        plain[start:in_clear] = bytes(end - start) if kind == _FILEPASS else secret[start:in_clear]
        if kind == _FILEPASS:
            plain[start + 2:start + 4] = secret[start + 2:start + 4]
    file.seek(0)
    copy = io.BytesIO(file.read())
    with olefile.OleFileIO(copy, write_mode=True) as ole:
        ole.write_stream("Workbook", bytes(plain))
        return copy.getvalue()


def _records(stream: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(kind, start, where what is in clear ends, end) of each record of an .xls."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        start, at = at, min(at + 4 + size, len(stream))
        # Of BOUNDSHEET the offset of the sheet is in clear.
        yield kind, start, at if kind in _IN_CLEAR else min(start + (8 if kind == _BOUNDSHEET else 4), at), at


def _xor_marks(stream: bytes, records: list[tuple[int, int, int, int]]) -> list[int]:
    """The form in which the library wants to be told what to decrypt: -1, in BOUNDSHEET -2; any other number is in clear."""
    marks = [0] * len(stream)
    for kind, _, in_clear, end in records:
        marks[in_clear:end] = [-2 if kind == _BOUNDSHEET else -1] * (end - in_clear)
    return marks
