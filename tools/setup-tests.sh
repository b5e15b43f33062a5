#!/bin/sh
# The browser tests need a Chromium and a font with Chinese characters. On Debian, as root, they are installed; elsewhere
# this says what is missing, and those tests are skipped.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
have_browser() { .venv/bin/python -m tests.browser_path >/dev/null 2>&1; }
have_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -1)" ]; }

if have_browser && have_font; then exit 0; fi
[ ! -f .venv/.siyu-browser-tried ] || exit 0
touch .venv/.siyu-browser-tried

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "setup: installing chromium and fonts-noto-cjk with apt-get, for the browser tests"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; } >/dev/null ||
        say "setup: that did not work"
fi
have_browser || say "setup: no Chromium: browser tests will be skipped. Install chromium, or set SIYU_TEST_BROWSER to one."
have_font || say "setup: no Chinese font found (fonts-noto-cjk): pictures made by the tests will show boxes."
