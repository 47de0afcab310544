"""Workbooks protected with a password: read with it, refused in words without it, and the password is kept nowhere.

Agile encryption is written by the library that also reads it; the older kinds are written here after [MS-OFFCRYPTO] and [MS-XLS].
"""

import hashlib
import importlib.util
import io
import os
import pty
import re
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
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from etl import publish, sandbox
from etl.read import read_file
from tests.etl.conftest import MACHINE, record, write_export

_SPEC = importlib.util.spec_from_file_location("old_formats", Path(__file__).with_name("old_formats.py"))
old_formats = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(old_formats)

ROOT = Path(__file__).resolve().parents[2]
ROWS = [["name", "term"], ["Synthetic One", 3.5], ["Сінтэтык Ўзорная", 12.0]]
SECRET = "Vjuchka-4711-trava"  # noqa: S105 (of no file but those written here)
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
    # What the library encrypts can't be decrypted if it is shorter than 4096 bytes; no program writes workbooks so small.
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
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data.ljust(-(-len(data) // 16) * 16, b"\0"))  # noqa: S305 (prescribed)

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
    """(start, end, start of the content of its record) of what [MS-XLS] 2.2.10 encrypts: not the heads of records, BOF,
    FILEPASS, the offset of a sheet."""
    at = 0
    while at < len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        start, at = at + 4, at + 4 + size
        if kind not in (0x0809, 0x002F):
            yield start + (4 if kind == 0x0085 else 0), at, start


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


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
@pytest.mark.parametrize("password", ["a", CYRILLIC])
def test_the_right_password_opens(tmp_path, write, password) -> None:
    assert rows_of(write(tmp_path, password), password) == ROWS


@every_kind
def test_a_wrong_or_no_password_is_said_to_be(tmp_path, write) -> None:
    path = write(tmp_path, SECRET)
    assert kind_of(path) == "file-encrypted"
    for wrong in (SECRET.lower(), CYRILLIC, "x" * 300, "\udcff"):
        assert kind_of(path, wrong) == "password-wrong", wrong


@pytest.mark.parametrize("password", ["a", SECRET[:15]])
def test_xor_obfuscation(tmp_path, password) -> None:
    path = xor(tmp_path / "a.xls", password)
    assert rows_of(path, password) == ROWS
    assert kind_of(path) == "file-encrypted"
    for wrong in ("b", "ж", SECRET, "x" * 300, "\udcff"):
        assert kind_of(path, wrong) == "password-wrong", wrong


def test_a_file_without_a_password_is_read_as_usual_with_one(tmp_path) -> None:
    for name, write in (("a.xlsx", None), ("a.xls", old_formats.write_xls), ("a.xlsb", old_formats.write_xlsb), ("a.ods", old_formats.write_ods)):
        path = tmp_path / name
        write(path, ROWS) if write else path.write_bytes(xlsx(ROWS))
        assert rows_of(path, SECRET) == ROWS


def test_a_hidden_row_and_an_error_are_seen_behind_a_password_too(tmp_path) -> None:
    book = openpyxl.Workbook()
    for row in [*ROWS, ["Synthetic Three", "#REF!"]]:
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.save(tmp_path / "plain.xlsx")
    path = agile(tmp_path / "a.xlsx", (tmp_path / "plain.xlsx").read_bytes(), SECRET)
    result = read_file(path, SECRET)
    assert [(p.kind, p.row) for p in result.problems] == [("rows-hidden", 2)]
    assert result.sheets[0].rows[3] == ["Synthetic Three", "#REF!"]


def test_a_protected_ods_is_to_be_saved_without_its_password(tmp_path) -> None:
    classic = tmp_path / "classic.ods"
    with zipfile.ZipFile(classic, "w") as archive:
        archive.writestr("META-INF/manifest.xml", '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>')
        archive.writestr("content.xml", os.urandom(2000))
    whole = tmp_path / "whole.ods"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("META-INF/manifest.xml", '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>')
        archive.writestr("encrypted-package", os.urandom(2000))
    for path in (classic, whole):
        assert kind_of(path) == kind_of(path, SECRET) == "ods-encrypted"


def test_what_can_not_be_decrypted_is_said_to_be(tmp_path) -> None:
    unknown = old_formats.write_ole(tmp_path / "a.xlsx", {"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)})
    rights = old_formats.write_ole(tmp_path / "b.xlsx", {"EncryptedPackage": bytes(5000)})
    no_salt = old_formats.write_xls(tmp_path / "c.xls", ROWS, password=True)
    damaged = standard(tmp_path / "d.xlsx", os.urandom(6000), SECRET)
    assert {p.name: kind_of(p, SECRET) for p in (unknown, rights, damaged)} == dict.fromkeys(("a.xlsx", "b.xlsx", "d.xlsx"), "file-unreadable")
    assert kind_of(no_salt, SECRET) in ("password-wrong", "file-unreadable")


@pytest.mark.parametrize("kind", ["agile .xlsx", "RC4 .xls", "standard .xlsx"])
def test_a_file_that_is_cut_off_gives_a_sentence(tmp_path, kind) -> None:
    path = WRITERS[kind](tmp_path, SECRET)
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[:int(len(whole) * share)])
        result = read_file(path, SECRET)
        assert bool(result.sheets) != any(p.severity == "refused" for p in result.problems)
        assert SECRET not in str(result.problems)


def test_a_key_that_takes_long_to_derive_is_stopped_and_the_next_file_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 1)
    path = agile(tmp_path / "a.xlsx", xlsx(ROWS), SECRET)
    # Ten million rounds; the attribute grows by the space that the next line loses.
    slow, count = re.subn(rb'spinCount="100000"([^>]*?\n) ', rb'spinCount="9999999"\1', path.read_bytes())
    assert count == 1
    path.write_bytes(slow)
    started = time.monotonic()
    with pytest.raises(sandbox.Died, match="longer than 1 seconds"):
        list(sandbox.parse(path, seconds=1, password=SECRET))
    assert time.monotonic() - started < 5
    assert rows_of(agile(path, xlsx(ROWS), SECRET), SECRET) == ROWS


def test_a_bomb_behind_a_password_is_stopped_and_the_next_file_is_read(tmp_path) -> None:
    bomb, names = io.BytesIO(), zipfile.ZipFile(io.BytesIO(xlsx(ROWS)))
    with names, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names.namelist():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, names.read(name))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
                        b'<c r="A1" t="inlineStr"><is><t>')
            for _ in range(40):
                sheet.write(b"x" * 16_000_000)
            sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    path = agile(tmp_path / "a.xlsx", bomb.getvalue(), SECRET)
    assert path.stat().st_size < 10_000_000
    started = time.monotonic()
    assert kind_of(path, SECRET) == "file-unreadable"
    assert time.monotonic() - started < sandbox.SECONDS + 5
    assert rows_of(agile(path, xlsx(ROWS), SECRET), SECRET) == ROWS


def export(path: Path, password: str, numbers: range = range(1, 21)) -> Path:
    """A machine export of synthetic people as a protected .xlsx."""
    return agile(path, xlsx([MACHINE, *([record(n)[column] for column in MACHINE] for n in numbers)]), password)


def traces(text: bytes, password: str) -> list[bytes]:
    """The forms of the password that `text` holds: as written in any of the usual encodings, or hashed."""
    written = [password.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")] + [ascii(password)[1:-1].encode()]
    ended = [form + end for form in written for end in (b"", b"\n", b"\r\n")]
    hashed = [hashlib.new(name, form).hexdigest().encode() for form in ended for name in ("sha256", "sha1", "md5")]
    return [form for form in (*written, *hashed) if form in text]


def everything_in(folder: Path) -> bytes:
    return b"".join(str(path).encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())


def etl(data: Path, *arguments: object, **more) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                          capture_output=True, timeout=60, check=False, **more)


def test_the_password_of_a_file_opens_all_and_is_kept_nowhere(tmp_path, data) -> None:
    password = CYRILLIC
    lists = tmp_path / "lists"
    lists.mkdir()
    export(lists / "viasna_2026-08-30.xlsx", password)
    export(lists / "other_2026-08-30.xlsx", password, range(101, 111))
    write_export(lists / "plain_2026-08-30.csv", [record(n) for n in range(201, 206)])
    # In the folder of the lists, where it would itself be read as a list.
    secret = lists / "secret.txt"
    secret.write_bytes(b"\xef\xbb\xbf" + password.encode() + b"\r\nnot this line\r\n")
    done = etl(data, "import", "--password-file", secret, lists)
    assert done.returncode == 0, done.stderr.decode()
    assert traces(done.stdout + done.stderr + everything_in(data), password) == []
    assert b"secret.txt" not in everything_in(data)
    assert len(publish.read_private("rows")) == 35


def test_a_wrong_password_refuses_the_file_by_name_and_not_the_others(tmp_path, run, run_json, data) -> None:
    locked = export(tmp_path / "locked_2026-08-30.xlsx", SECRET)
    other = export(tmp_path / "other_2026-08-30.xlsx", CYRILLIC, range(101, 111))
    secret = tmp_path / "secret.txt"
    secret.write_text(CYRILLIC, encoding="utf-8")
    said = run("check", "--password-file", secret, locked, other)
    assert said.exit_code == 1
    assert "locked_2026-08-30.xlsx" in said.output
    assert "The password does not open this file." in said.output
    status, result = run_json("import", "--password-file", secret, locked, other)
    assert status == 1
    assert {line["file"]: (line["accepted"], [p["kind"] for p in line["problems"]]) for line in result["files"]} == {
        locked.name: (0, ["password-wrong"]), other.name: (10, [])}
    assert traces(said.output.encode() + str(result).encode() + everything_in(data), CYRILLIC) == []
    # The other password, one after the other.
    secret.write_text(SECRET, encoding="utf-8")
    status, result = run_json("import", "--password-file", secret, locked)
    assert status == 0
    assert sum(line["accepted"] for line in result["files"]) == 20


def test_no_password_names_the_option(tmp_path, run) -> None:
    said = run("check", export(tmp_path / "a.xlsx", SECRET))
    assert said.exit_code == 1
    assert "--password" in said.output


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"\nsecond line", "is empty"), (b"\xff\xfe\x00", "UTF-8"), (None, "UTF-8")])
def test_a_file_without_a_password_in_it_is_wrong_usage(tmp_path, run, data, content, words) -> None:
    secret = tmp_path / "secret.txt"
    if content is not None:
        secret.write_bytes(content)
    said = run("import", "--password-file", secret, export(tmp_path / "a.xlsx", SECRET))
    assert said.exit_code == 2
    assert words in said.output
    assert not data.exists()


def test_a_password_typed_as_an_argument_is_not_taken_for_a_file(tmp_path, run, data) -> None:
    file = export(tmp_path / "a.xlsx", SECRET)
    said = run("import", "--password", SECRET, file)
    assert said.exit_code == 2
    assert "takes no value" in said.output
    assert traces(said.output.encode(), SECRET) == []
    assert run("import", f"--password={SECRET}", file).exit_code == 2
    assert run("import", "--password", "--password-file", file, file).exit_code == 2
    assert not data.exists()


def test_without_a_terminal_nothing_is_asked(tmp_path, data) -> None:
    done = etl(data, "import", "--password", export(tmp_path / "a.xlsx", SECRET), input=SECRET.encode() + b"\n", start_new_session=True)
    assert done.returncode == 2
    assert b"--password-file" in done.stderr
    assert not data.exists()


def test_the_password_is_asked_for_and_not_shown(tmp_path, data) -> None:
    file = export(tmp_path / "a.xlsx", SECRET)
    terminal, inside = pty.openpty()
    # The first terminal that the leader of a session opens becomes its own: there the password is asked for.
    start = "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.executable, [sys.executable, '-m', 'etl', *sys.argv[2:]])"
    with subprocess.Popen([sys.executable, "-c", start, os.ttyname(inside), "import", "--json", "--password", str(file)], cwd=ROOT,
                          env=os.environ | {"VYRAK_DATA": str(data)}, stdin=inside, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        shown = b""
        while b"Password" not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, SECRET.encode() + b"\n")
        stdout, stderr = process.communicate(timeout=60)
    os.set_blocking(terminal, False)
    shown += os.read(terminal, 10_000)
    os.close(terminal)
    os.close(inside)
    assert process.returncode == 0, stderr.decode()
    assert stdout.startswith(b"{"), "one JSON object and nothing besides"
    assert traces(shown + stdout + stderr + everything_in(data), SECRET) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_worker_that_decrypts_has_the_password_neither_as_argument_nor_in_its_environment(tmp_path) -> None:
    assert rows_of(agile(tmp_path / "a.xlsx", xlsx(ROWS), SECRET), SECRET) == ROWS
    process = Path("/proc") / str(sandbox._worker._process.pid)
    assert b"etl.sandbox" in (process / "cmdline").read_bytes()
    assert traces((process / "cmdline").read_bytes() + (process / "environ").read_bytes(), SECRET) == []
