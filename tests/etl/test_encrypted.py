"""Workbooks protected with a password: read with it, refused in words without it, and the password is kept nowhere.

Agile encryption is written by the library that also reads it; the older kinds are written here after [MS-OFFCRYPTO] and [MS-XLS].
"""

import csv
import hashlib
import importlib.util
import io
import json
import logging
import os
import pty
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from msoffcrypto.method.xor_obfuscation import DocumentXOR

import texts
from etl import parse, sandbox
from etl.read import read_file

_SPEC = importlib.util.spec_from_file_location("old_formats", Path(__file__).with_name("old_formats.py"))
old_formats = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(old_formats)

ROOT = Path(__file__).resolve().parents[2]
ROWS = [["name", "term"], ["Synthetic One", 3.5], ["Сінтэтык Ўзорная", 12.0]]
SECRET = "Vjuchka-4711-trava"
CYRILLIC = "Пароль ўзор №7 ёй"


def agile(path: Path, plain: bytes, password: str) -> Path:
    """`plain` with agile encryption, as Excel writes it since 2010 (spin count 100,000)."""
    with path.open("wb") as file:
        OOXMLFile(io.BytesIO(plain)).encrypt(password, file)
    return path


def xlsx(rows: list[list]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def xlsb(folder: Path) -> bytes:
    # The library doesn't encrypt what is shorter than 4096 bytes so that it can be read again.
    path = old_formats.write_xlsb(folder / "plain.bin", ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/filler.bin", bytes(5000))
    return path.read_bytes()


def standard(path: Path, plain: bytes, password: str) -> Path:
    """`plain` with standard encryption (AES-128), as Excel 2007 writes it: [MS-OFFCRYPTO] 2.3.4.5 to 2.3.4.9."""
    salt, verifier = bytes(range(16)), bytes(range(100, 116))
    digest = _sha1(salt + password.encode("utf-16-le"))
    for i in range(50_000):
        digest = _sha1(struct.pack("<I", i) + digest)
    digest = _sha1(digest + bytes(4))
    key = _sha1(bytes(0x36 ^ b for b in digest.ljust(64, b"\0")))[:16]

    def aes(data: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data.ljust(-(-len(data) // 16) * 16, b"\0"))

    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<8I", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + provider
    info = (struct.pack("<HHII", 4, 2, 0x24, len(header)) + header
            + struct.pack("<I", 16) + salt + aes(verifier) + struct.pack("<I", 20) + aes(_sha1(verifier)))
    return old_formats.write_ole(path, {"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(plain)) + aes(plain)})


def rc4(path: Path, password: str, first: bytes = b"") -> Path:
    """An .xls with RC4 encryption, as Excel 97 writes it: [MS-OFFCRYPTO] 2.3.6."""
    salt, verifier = bytes(range(16)), bytes(range(50, 66))
    start = _md5((_md5(password.encode("utf-16-le"))[:5] + salt) * 16)[:5]

    def key(block: int) -> bytes:
        return _md5(start + struct.pack("<I", block))

    checks = _rc4(key(0), verifier + _md5(verifier))
    return _write_rc4(path, struct.pack("<HHH", 1, 1, 1) + salt + checks, key, first)


def rc4_cryptoapi(path: Path, password: str) -> Path:
    """An .xls with RC4 CryptoAPI encryption (128 bits), as Excel 2002 and later write it: [MS-OFFCRYPTO] 2.3.5."""
    salt, verifier = bytes(range(16)), bytes(range(50, 66))
    start = _sha1(salt + password.encode("utf-16-le"))

    def key(block: int) -> bytes:
        return _sha1(start + struct.pack("<I", block))[:16]

    header = struct.pack("<8I", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + "Synthetic provider\0".encode("utf-16-le")
    checks = _rc4(key(0), verifier + _sha1(verifier))
    info = struct.pack("<HHHII", 1, 4, 2, 4, len(header)) + header + struct.pack("<I", 16) + salt + checks[:16]
    return _write_rc4(path, info + struct.pack("<I", 20) + checks[16:], key)


def xor(path: Path, password: str) -> Path:
    """An .xls with XOR obfuscation: [MS-OFFCRYPTO] 2.3.7.2; key and verifier by the tables that the library holds."""
    number = 0
    for byte in reversed([len(password), *password.encode("latin-1")]):
        number = ((number >> 14 & 1) | (number << 1 & 0x7FFF)) ^ byte
    filepass = struct.pack("<HHH", 0, DocumentXOR.create_xor_key_method1(password), number ^ 0xCE4B)
    mask = DocumentXOR.create_xor_array_method1(password)
    stream = bytearray(old_formats.workbook_stream(ROWS, filepass=filepass))
    for start, end, content in _secret_parts(stream):
        for i in range(start, end):
            stream[i] = (((stream[i] << 5) | (stream[i] >> 3)) & 0xFF) ^ mask[(end + i - content) % 16]
    return old_formats.write_ole(path, {"Workbook": bytes(stream)})


def _write_rc4(path: Path, filepass: bytes, key: Callable[[int], bytes], first: bytes = b"") -> Path:
    stream = bytearray(old_formats.workbook_stream(ROWS, filepass=filepass, first=first))
    mask = b"".join(_rc4(key(block), bytes(1024)) for block in range(len(stream) // 1024 + 1))
    for start, end, _ in _secret_parts(stream):
        stream[start:end] = bytes(a ^ b for a, b in zip(stream[start:end], mask[start:end], strict=True))
    return old_formats.write_ole(path, {"Workbook": bytes(stream)})


def _secret_parts(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """(start, end, start of the content of its record) of what [MS-XLS] 2.2.10 encrypts: not the heads of records, BOF, FILEPASS, the offset of a sheet."""
    at = 0
    while at < len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        start, at = at + 4, at + 4 + size
        if kind not in (0x0809, 0x002F):
            yield start + (4 if kind == 0x0085 else 0), at, start


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


WRITERS = {
    "agile .xlsx": lambda folder, password: agile(folder / "a.xlsx", xlsx(ROWS), password),
    "agile .xlsb": lambda folder, password: agile(folder / "a.xlsb", xlsb(folder), password),
    "standard .xlsx": lambda folder, password: standard(folder / "a.xlsx", xlsx(ROWS), password),
    "standard .xlsb": lambda folder, password: standard(folder / "a.xlsb", xlsb(folder), password),
    "RC4 .xls": lambda folder, password: rc4(folder / "a.xls", password),
    "RC4 .xls, write-protected": lambda folder, password: rc4(folder / "a.xls", password, b"\x86\x00\x00\x00"),
    "RC4 CryptoAPI .xls": lambda folder, password: rc4_cryptoapi(folder / "a.xls", password),
}
every_kind = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def kind_of(path: Path, password: str = "") -> str:
    result = read_file(path, password)
    assert result.sheets == []
    [problem] = result.problems
    assert (problem.severity, problem.file) == ("refused", path.name)
    return problem.kind


def rows_of(path: Path, password: str) -> list[list]:
    result = read_file(path, password)
    assert not result.problems
    [sheet] = result.sheets
    assert sheet.sha256 == hashlib.sha256(path.read_bytes()).hexdigest(), "the file's own, as it lies there"
    return sheet.rows


@every_kind
@pytest.mark.parametrize("password", ["a", SECRET, CYRILLIC])
def test_the_right_password_opens(tmp_path, write, password) -> None:
    assert rows_of(write(tmp_path, password), password) == ROWS


@every_kind
def test_a_wrong_or_no_password_is_said_to_be(tmp_path, write) -> None:
    path = write(tmp_path, SECRET)
    assert kind_of(path) == "file-encrypted"
    for wrong in (SECRET.lower(), SECRET + " ", CYRILLIC, "x" * 300, "\udcff", "\0"):
        assert kind_of(path, wrong) == "password-wrong", wrong


@pytest.mark.parametrize("password", ["a", "abc", SECRET[:15]])
def test_xor_obfuscation(tmp_path, password) -> None:
    path = xor(tmp_path / "a.xls", password)
    assert rows_of(path, password) == ROWS
    assert kind_of(path) == "file-encrypted"
    for wrong in ("b", "ж", SECRET, "x" * 300, "\udcff"):
        assert kind_of(path, wrong) == "password-wrong", wrong
