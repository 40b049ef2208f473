"""The project's own files, as the checks see them: what git tracks or would track."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def source_files(*suffixes):
    """Paths of tracked and new, not ignored files with one of \\p suffixes, sorted."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=True).stdout
    paths = {ROOT / name for name in listing.split("\0") if name}
    return sorted(path for path in paths if path.suffix in suffixes and path.is_file())
