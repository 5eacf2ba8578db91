"""Makes sure that there is a Chromium to test with: uses Debian's packages where it may, else says what to do."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """Path of a Chromium, or None. The variable CHROMIUM wins."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def main() -> None:
    if find():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("No Chromium yet: installing Debian's package", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=quiet)
        subprocess.run(
            ["apt-get", "-qq", "install", "-y", "chromium", "fonts-noto-cjk"],
            check=True,
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
        if find():
            return
    sys.exit(
        "The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium; elsewhere any "
        "Chrome) and, if it has another name, set CHROMIUM to its path."
    )


if __name__ == "__main__":
    main()
