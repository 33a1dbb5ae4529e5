#!/bin/sh
# The whole of Limulator from a fresh checkout.
set -eu
cd "$(dirname "$0")"

usage() {
    cat >&2 <<'END'
usage: sh run.sh demo                           solve a small problem and write a report (needs Python only)
       sh run.sh test [--slow] [pytest's ...]   check everything; --slow includes the long runs
END
    exit 2
}

# Debian packages, installed if they can be.
packages() {
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && { [ -z "${CI:-}" ] || sudo -n true 2>/dev/null; }; then
        as_root=sudo
    else
        as_root=no
    fi
    if [ "$as_root" = no ] || ! command -v apt-get >/dev/null; then
        echo "Some tools are missing. As root, run:  apt-get update && apt-get install -y $*" >&2
        exit 1
    fi
    echo "Installing $*" >&2
    $as_root apt-get update -q </dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null
}

# uv, the user's own or one in .venv-uv.
find_uv() {
    if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        return
    fi
    if ! [ -x .venv-uv/bin/uv ]; then
        python3 -c "import ensurepip, venv" 2>/dev/null || packages python3-venv
        rm -rf .venv-uv
        python3 -m venv .venv-uv
        .venv-uv/bin/pip install --quiet uv
    fi
    PATH=$PWD/.venv-uv/bin:$PATH
}

demo() {
    [ $# = 0 ] || usage
    find_uv
    exec uv run --no-dev limulator demo
}

check() {
    selection="not slow"
    if [ "${1:-}" = --slow ]; then
        selection=
        shift
    fi
    missing=
    for tool in iverilog g++ git make perl chromium; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    # what takes a bitstream back to Verilog
    [ -n "$selection" ] || command -v icebox_vlog >/dev/null || missing="$missing fpga-icestorm"
    [ -z "$missing" ] || packages $missing
    find_uv
    run="uv run --group test"
    # cocotb embeds Python, whose shared library Debian packages apart
    $run python -c "from find_libpython import find_libpython as find; raise SystemExit(not find())" ||
        packages libpython3-dev
    $run ruff check
    $run ruff format --check
    $run mypy
    # tests take from milliseconds to minutes, so that shares of the same number would end minutes apart
    exec $run pytest -n auto --dist worksteal -m "$selection" "$@"
}

[ $# -gt 0 ] || usage
action=$1
shift
case $action in
    demo) demo "$@" ;;
    test) check "$@" ;;
    *) usage ;;
esac
