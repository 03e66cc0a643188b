#!/bin/sh
# Creates .venv and installs what is missing; over in a blink when nothing is.
#   deploy/install.sh run     what `make up` needs
#   deploy/install.sh dev     that, and what the tests need
# TORCH=cpu (the default) or TORCH=cuda; PYTHON names the interpreter to build on.
set -eu

torch_version=2.13.0
group=${1:-run}
build=${TORCH:-cpu}
cd "$(dirname "$0")/.."
log=.venv/install.log

fail() {
    printf 'Set-up failed: %s\n' "$1" >&2
    exit 1
}

# The stamp holds what the environment was made from; another pyproject, pin, build of torch or place makes it stale.
key="$build $PWD $(cat pyproject.toml constraints.txt deploy/install.sh | cksum)"
is_fresh() {
    [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$key" ] && .venv/bin/python -c '' 2>/dev/null
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found (looked for ${PYTHON:-python3.13, 3.12, 3.11, python3}). Install it, or name it: make up PYTHON=/path/to/python3"
}

make_venv() {
    if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python; then
        return
    fi
    python=$(find_python)
    echo "Making .venv with $("$python" --version)"
    if ! "$python" -m venv --clear .venv >/dev/null 2>&1; then
        rm -rf .venv
        fail "$python cannot make an environment: its venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv"
    fi
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check "$@" 2>>"$log"
}

# prints cpu, cuda or nothing; off Linux the one build there is counts as the CPU build
installed_torch() {
    .venv/bin/python - "$torch_version" <<'PYTHON'
import sys
from importlib.metadata import PackageNotFoundError, version
try:
    found = version("torch")
except PackageNotFoundError:
    sys.exit()
if found.partition("+")[0] == sys.argv[1]:
    print("cpu" if found.endswith("+cpu") or sys.platform != "linux" else "cuda")
PYTHON
}

# The plain build on PyPI brings CUDA along on Linux, gigabytes of it, so it comes last for the CPU. `===` keeps a CPU
# build from standing in for the CUDA one.
install_torch() {
    if [ "$(installed_torch)" = "$build" ]; then
        return
    fi
    echo "Installing torch $torch_version ($build build)"
    if [ "$build" = cuda ]; then
        pip install --upgrade -c constraints.txt "torch===$torch_version" || give_up_on "torch"
        return
    fi
    pip install -c constraints.txt "torch==$torch_version+cpu" >>"$log" && return
    pip install --index-url https://download.pytorch.org/whl/cpu "torch==$torch_version" && return
    echo "No CPU build was found; taking the plain one, which may be large"
    pip install -c constraints.txt "torch==$torch_version" || give_up_on "torch"
}

give_up_on() {
    tail -n 15 "$log" >&2
    fail "pip could not install $1; its last words are above, all of them in $log. Is the network up, and is the disk full?"
}

case "$group" in run) extras="" ;; dev) extras="[dev]" ;; *) fail "'$group' is neither run nor dev" ;; esac
case "$build" in cpu | cuda) ;; *) fail "TORCH=$build; it is cpu or cuda" ;; esac
if is_fresh "$group"; then
    exit 0
fi
# Two makes at once must not install into each other; this script's own file is the lock.
if command -v flock >/dev/null; then
    exec 9<deploy/install.sh
    flock 9
    is_fresh "$group" && exit 0
fi
make_venv
: >"$log"
install_torch
echo "Installing the other packages"
pip install --quiet -c constraints.txt -e ".$extras" || give_up_on "the packages"
if [ "$group" = dev ]; then
    echo "$key" >.venv/.installed-run
fi
echo "$key" >".venv/.installed-$group"
