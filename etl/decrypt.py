"""An encrypted workbook → what is in it, in memory: runs in the limited process (etl/sandbox.py), which can write nothing.

[MS-OFFCRYPTO]: .xlsx, .xlsm and .xlsb with agile or standard encryption, .xls with RC4, RC4 CryptoAPI or XOR.
"""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

Source = Path | bytes
"""Where a workbook is read from: a file, or the bytes of one that was decrypted."""


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

    # It copies an .xls to a temporary file and writes the decrypted stream into the copy; this process may not write.
    vars(xls97)["tempfile"] = SimpleNamespace(TemporaryFile=io.BytesIO)
    plain = io.BytesIO()
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
            book.decrypt(plain)
        except MemoryError:
            raise
        except Exception:  # the password was right
            raise NotDecrypted from None
    return plain.getvalue()
