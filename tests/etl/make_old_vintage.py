"""Makes the miniature of an old vintage that tests/etl/test_old_vintages.py opens: `python -m tests.etl.make_old_vintage COMMIT FILE`.

The program of that commit imports twenty synthetic people; the backup command of today makes one file of its data folder.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from etl import backup
from etl.options import present
from tests.etl.conftest import record, write_export


def main(commit: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        old, data = Path(folder) / "program", Path(folder) / "data"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(old), commit], check=True)
        try:
            lists = write_export(Path(folder) / "SYNTHETIC_viasna_export.csv", [record(n) for n in range(1, 21)])
            os.environ["VYRAK_DATA"] = str(data)
            subprocess.run([sys.executable, "-W", "ignore", "-m", "etl", "import", str(lists)], cwd=old, check=True)
            backup.to_file(file, present())
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(old)], check=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
