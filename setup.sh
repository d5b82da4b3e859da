#!/bin/sh
# Makes a machine ready for everyclass, then runs a task of deno.json:
#
#   ./setup.sh                      lists the tasks
#   ./setup.sh finetune --seed 1    the same as `deno task -q finetune --seed 1`
#   ./setup.sh --mpi [task ...]     makes it ready for runs of several processes too
#
# Installs only what is missing, so a second run changes nothing:
#   Deno                        from npm: globally, or into ~/.local where the global folder belongs to root
#   a software Vulkan driver    from Debian, only where Deno finds no adapter but OpenGL's
#   Open MPI                    from Debian, only with --mpi and where there is no mpirun
set -eu

deno_version=2.9.6
driver="libvulkan1 mesa-vulkan-drivers"
mpi=openmpi-bin

main() {
  prepare_environment
  find_deno || install_deno
  has_adapter || install_driver
  if [ "${1:-}" = --mpi ]; then
    shift
    command -v mpirun >/dev/null || install_mpi
  fi
  # Paths on the command line are meant from here.
  export INIT_CWD="$PWD"
  cd "$here"
  # Quiet: without the line of permissions that a task runs with.
  exec "$deno" task -q "$@"
}

# An emptied environment (cron, containers, CI) lacks what Deno, npm and Mesa take for granted.
prepare_environment() {
  here=$(cd "$(dirname "$0")" && pwd)
  export PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  # Packages, data and compiled shaders are kept under HOME: without one they go beside this file.
  HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  [ -d "$HOME" ] && [ -w "$HOME" ] || HOME=$here/.cache/home
  export HOME
  mkdir -p "$HOME/.cache" || fail "$HOME/.cache cannot be written: set HOME to a folder that can"

  # Vulkan prints errors without this folder, though nothing here uses it.
  if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    export XDG_RUNTIME_DIR="$HOME/.cache/everyclass/runtime"
    mkdir -p "$XDG_RUNTIME_DIR"
    chmod 700 "$XDG_RUNTIME_DIR"
  fi

  # Behind a proxy that signs with its own certificate, only the system's store knows the signer.
  export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-mozilla,system}"
  export DENO_NO_UPDATE_CHECK=1
}

# Sets $deno to the first Deno that is new enough.
find_deno() {
  for deno in deno "$HOME/.local/bin/deno" "$HOME/.deno/bin/deno"; do
    if is_recent; then return 0; fi
  done
  return 1
}

# Whether $deno runs and is at least $deno_version.
is_recent() {
  has=$("$deno" --version 2>/dev/null | sed -n '1s/^deno \([0-9.]*\).*/\1/p')
  [ -n "$has" ] && [ "$(printf '%s\n' "$deno_version" "$has" | sort -V | head -n 1)" = "$deno_version" ]
}

install_deno() {
  command -v npm >/dev/null || fail "Deno $deno_version or newer is missing, and npm to install it with is missing too:
  install Node and npm (Debian: apt-get install npm), or Deno itself: https://deno.com"
  prefix=$(npm prefix -g)
  # A global folder that belongs to root is of no use to others.
  if [ "$(id -u)" != 0 ] && [ ! -w "$prefix/lib/node_modules" ]; then prefix=$HOME/.local; fi
  deno=$prefix/bin/deno
  # It may be there already, behind an older one on the PATH.
  if is_recent; then return 0; fi
  say "installing Deno $deno_version from npm into $prefix"
  # Another prefix would bring its own global configuration, without this machine's registry and certificates.
  npm install --global --prefix "$prefix" --globalconfig "$(npm config get globalconfig)" \
    --no-fund --no-audit --no-update-notifier --loglevel=error \
    "deno@$deno_version" >&2 || fail "npm could not install Deno, see above"
  is_recent || fail "npm installed Deno, but $deno does not run"
}

# OpenGL is left out: through it an adapter has neither subgroups nor half precision, and tests do without it.
has_adapter() {
  DENO_WEBGPU_BACKEND="${DENO_WEBGPU_BACKEND:-vulkan,metal,dx12}" has_any_adapter
}

has_any_adapter() {
  "$deno" eval --no-config 'Deno.exit(await navigator.gpu?.requestAdapter() ? 0 : 1)' >/dev/null 2>&1
}

install_driver() {
  advice="Install the Vulkan driver of the GPU or, without a GPU, a software driver; on Debian as root:
  apt-get update && apt-get install -y --no-install-recommends $driver"
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    has_any_adapter || fail "Deno finds no WebGPU adapter.
  $advice"
    say "Deno finds an adapter of OpenGL only, which is slower.
  $advice"
    return 0
  fi
  say "Deno finds no adapter outside OpenGL: installing the software driver $driver"
  install_from_debian "$driver"
  has_adapter || fail "Deno finds no WebGPU adapter though the software driver $driver is installed"
}

install_mpi() {
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    fail "mpirun is missing. Install Open MPI or MPICH; on Debian as root:
  apt-get update && apt-get install -y --no-install-recommends $mpi"
  fi
  say "installing $mpi for runs of several processes"
  install_from_debian "$mpi"
}

install_from_debian() {
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a word for each package
  { apt-get update && apt-get install -y --no-install-recommends $1; } >&2 ||
    fail "apt-get could not install $1, see above"
}

say() { echo "setup.sh: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

main "$@"
