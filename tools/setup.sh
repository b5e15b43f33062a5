#!/bin/sh
# Makes everything that `make up` and `make test` need. Running it again does only what is missing.
set -eu
cd "$(dirname "$0")/.."

umask 022  # PostgreSQL, in the tests, will not run as root: another user has to be able to read the packages
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX  # they would lead past .venv
export PIP_DEFAULT_TIMEOUT="${PIP_DEFAULT_TIMEOUT:-60}" PIP_NO_INPUT=1

say() { printf '%s\n' "$*" >&2; }
# A stamp names what it was made from: the step runs again when that changes.
stamp_of() { cat "$@" | cksum | tr ' ' '-'; }

python_for_venv() {
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11 or newer with venv is needed, and none is on the PATH (on Debian: apt-get install python3-venv)."
    say "需要带 venv 的 Python 3.11 或更新版本（Debian：apt-get install python3-venv）。"
    exit 2
}

if [ ! -x .venv/bin/python ]; then
    python=$(python_for_venv)
    say "setup: making .venv with $python"
    "$python" -m venv .venv
fi

wanted=$(stamp_of pyproject.toml)
if [ "$(cat .venv/.siyu-packages 2>/dev/null || true)" != "$wanted" ]; then
    say "setup: installing Python packages (a few minutes the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e . --group dev
    printf %s "$wanted" >.venv/.siyu-packages
fi

if [ -f package.json ]; then
    wanted=$(stamp_of package.json package-lock.json siyu/web/build_static.py)
    if [ "$(cat .venv/.siyu-static 2>/dev/null || true)" != "$wanted" ] || [ ! -d siyu/web/static/dist ]; then
        say "setup: fetching and building what the console shows in a browser"
        .venv/bin/python -m siyu.web.build_static >&2
        printf %s "$wanted" >.venv/.siyu-static
    fi
fi
