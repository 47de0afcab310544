"""Writers of the smallest files of formats for which no library here writes: .xls (BIFF8 in OLE), .xlsb, .ods."""

import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

SECTOR = 512
ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def write_ole(path: Path, streams: dict[str, bytes]) -> Path:
    """An OLE container with `streams` by name."""
    contents, starts, fat = b"", {}, [_FAT, _END]
    for name, data in streams.items():
        # A stream shorter than 4096 bytes would lie in sectors of another kind.
        size = max(4096, len(data))
        data = data.ljust(-(-size // SECTOR) * SECTOR, b"\0")
        count = len(data) // SECTOR
        starts[name] = (2 + len(contents) // SECTOR, size)
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
        contents += data
    assert len(fat) <= SECTOR // 4
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    root = _entry("Root Entry", 5, child=1, start=_END, size=0)
    names = list(streams)
    rest = [_entry(n, 2, right=i + 2 if i + 1 < len(names) else _FREE, start=starts[n][0], size=starts[n][1])
            for i, n in enumerate(names)]
    directory = (root + b"".join(rest)).ljust(SECTOR, b"\0")
    path.write_bytes(header + struct.pack("<128I", *fat, *[_FREE] * (128 - len(fat))) + directory + contents)
    return path


def _entry(name: str, kind: int, right: int = _FREE, child: int = _FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    return (text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, _FREE, right, child) + bytes(36)
            + struct.pack("<IQ", start, size))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def write_xls(path: Path, rows: list[list], name: str = "List", *, password: bool = False, hidden: int = 0,
              columns: tuple[int, int] | None = None) -> Path:
    """A BIFF8 workbook of one sheet of texts and numbers; `password`: with the record that says it is encrypted. Texts like "#REF!"
    are errors, every second one of them the result of a formula; `hidden`: the number of a hidden row; `columns`: hidden columns."""
    return write_ole(path, {"Workbook": workbook_stream(rows, name, bytes(6) if password else b"", hidden=hidden, columns=columns)})


def workbook_stream(rows: list[list], name: str = "List", filepass: bytes = b"", first: bytes = b"", *, hidden: int = 0,
                    columns: tuple[int, int] | None = None) -> bytes:
    """The stream of a BIFF8 workbook, not encrypted; `filepass`: the content of its record FILEPASS; `first`: records before that."""
    cells = b""
    if columns:
        cells += _record(0x007D, struct.pack("<6H", columns[0] - 1, columns[1] - 1, 2048, 0, 1, 0))
    for r, row in enumerate(rows):
        cells += _record(0x0208, struct.pack("<6HI", r, 0, len(row), 255, 0, 0, 0x20 if r == hidden - 1 else 0))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell in ERRORS and c % 2:
                result = struct.pack("<BBBBBBH", 2, 0, ERRORS[cell], 0, 0, 0, 0xFFFF)
                cells += _record(0x0006, struct.pack("<HHH", r, c, 0) + result + struct.pack("<HIHBB", 0, 0, 2, 0x1C, ERRORS[cell]))
            elif cell in ERRORS:
                cells += _record(0x0205, struct.pack("<HHHBB", r, c, 0, ERRORS[cell], 1))
            elif isinstance(cell, str):
                text = cell.encode("utf-16-le")
                cells += _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(cell), 1) + text)
            elif cell is not None:
                cells += _record(0x0203, struct.pack("<HHHd", r, c, 0, cell))
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    lock = first + (_record(0x002F, filepass) if filepass else b"")
    title = name.encode("utf-16-le")
    end = _record(0x000A, b"")
    before = len(begin + lock) + 4 + 8 + len(title) + len(end)
    bound = _record(0x0085, struct.pack("<IBBBB", before, 0, 0, len(name), 1) + title)
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + end
    return begin + lock + bound + end + sheet


def _binary(kind: int, data: bytes) -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return number + size + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_xlsb(path: Path, rows: list[list], name: str = "List", *, hidden: int = 0, columns: tuple[int, int] | None = None) -> Path:
    """A binary workbook of one sheet of texts, numbers and errors; `hidden` and `columns` as in `write_xls`."""
    book = _binary(0x83, b"") + _binary(0x8F, b"") + _binary(
        0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)) + _binary(0x90, b"") + _binary(0x84, b"")
    width = max(map(len, rows))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)
    sheet = _binary(0x81, b"") + _binary(0x94, size)
    if columns:
        about = struct.pack("<4IH", columns[0] - 1, columns[1] - 1, 2048, 0, 1)
        sheet += _binary(0x186, b"") + _binary(0x3C, about) + _binary(0x187, b"")
    sheet += _binary(0x91, b"")
    for r, row in enumerate(rows):
        sheet += _binary(0x00, struct.pack("<IIHBBBI", r, 0, 300, 0, 0x10 if r == hidden - 1 else 0, 0, 0))
        for c, cell in enumerate(row):
            place = struct.pack("<II", c, 0)
            if cell in ERRORS:
                formula = struct.pack("<HIBBI", 0, 2, 0x1C, ERRORS[cell], 0) if c % 2 else b""
                sheet += _binary(0x0B if c % 2 else 0x03, place + bytes([ERRORS[cell]]) + formula)
            elif isinstance(cell, str):
                sheet += _binary(0x06, place + _wide(cell))
            elif cell is not None:
                sheet += _binary(0x05, place + struct.pack("<d", cell))
    sheet += _binary(0x92, b"") + _binary(0x82, b"")
    main = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{main}/package/2006/content-types"/>')
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/_rels/workbook.bin.rels", (
            f'<Relationships xmlns="{main}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{main}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/>'
            "</Relationships>"))
    return path


def write_ods(path: Path, rows: list[list], name: str = "List", *, repeat_last: int = 1, hidden: int = 0,
              columns: str = "") -> Path:
    """An OpenDocument spreadsheet of one sheet; `repeat_last`: how often an empty row is repeated at its end; `hidden`:
    the row that is filtered out; `columns`: the tags of its columns. Texts like "#REF!" are errors."""
    starts = [' table:visibility="filter"' if i == hidden else "" for i in range(1, len(rows) + 1)]
    body = "".join(f"<table:table-row{start}>{''.join(map(_ods_cell, row))}</table:table-row>"
                   for start, row in zip(starts, rows, strict=True))
    body += (f'<table:table-row table:number-rows-repeated="{repeat_last}"><table:table-cell '
             'table:number-columns-repeated="1024"/></table:table-row>')
    spaces = "".join(f' xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", (
            f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
            f'<table:table table:name="{name}">{columns}{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>"))
    return path


def _ods_cell(cell: str | float | None) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str) and cell.startswith(("#", "Err:")):
        # As LibreOffice writes the result of a formula that fails.
        return ('<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
                f'calcext:value-type="error"><text:p>{cell}</text:p></table:table-cell>')
    kind, value = ("string", "") if isinstance(cell, str) else ("float", f' office:value="{cell}"')
    return (f'<table:table-cell office:value-type="{kind}"{value}><text:p>{escape(str(cell))}</text:p>'
            "</table:table-cell>")
