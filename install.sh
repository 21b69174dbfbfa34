#!/bin/sh
# Longshore from a checkout: the demo, the tests, and an agent as a service. `./install.sh --help` says more.
# Safe to run again: every step looks first and does only what is missing.
set -eu

REPO=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# Another root for the agent's files, for images and tests; no service is made there.
ROOT=${LONGSHORE_INSTALL_ROOT:-}
PREFIX=$ROOT/opt/longshore
STATE_DIR=$ROOT/var/lib/longshore-agent
UNIT=$ROOT/etc/systemd/system/longshore-agent.service
PID_FILE=$ROOT/run/longshore-agent.pid
AGENT_LOG=$ROOT/var/log/longshore-agent.log
DOCKER_LOG=/var/log/dockerd-by-longshore.log

usage() {
  cat <<'EOF'
Usage:
  ./install.sh demo                     set up what is missing, start a cluster with agents here, run three pods
  ./install.sh test                     set up what is missing, run the whole test suite
  sudo ./install.sh agent [--controller HOST:PORT] (--token TOKEN | --token-file FILE) [--name NAME]
                                        install the agent of this checkout as a service on this machine
  sudo ./install.sh uninstall           stop the agent, remove its containers and its files

Without --controller the agent looks for one on the local network (mDNS). Tokens come from
`longshore tokens create`. A token on the command line is visible to other users of this machine
while this runs; --token-file is not.
EOF
}

say() { printf '%s\n' "==> $*"; }

die() {
  printf '%s\n' "install.sh: $*" >&2
  exit 1
}

# --- What the machine has ---------------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }

has_systemd() { [ -d /run/systemd/system ] && [ -z "$ROOT" ]; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif has sudo; then
    sudo -- "$@"
  else
    die "needs root for: $* (run as root, or install sudo)"
  fi
}

docker_answers() {
  has curl && curl --silent --fail --max-time 5 --unix-socket /var/run/docker.sock http://docker/_ping >/dev/null 2>&1
}

# --- Packages ---------------------------------------------------------------------------------------------------------

# Prints the Debian packages that are missing for the given purpose.
missing_packages() {
  has curl || printf '%s ' curl
  has node || printf '%s ' nodejs
  has npm || printf '%s ' npm
  docker_answers || has dockerd || printf '%s ' docker.io
  if [ "$1" != agent ]; then
    [ -x /bin/busybox ] && static_busybox || printf '%s ' busybox-static
  fi
  if [ "$1" = test ]; then
    [ -n "${KUBECTL:-}" ] || has kubectl || printf '%s ' kubernetes-client
    has openssl || printf '%s ' openssl
    has ip || printf '%s ' iproute2
    has iptables || printf '%s ' iptables
  fi
}

# A busybox that needs a libc does not run in an empty image.
static_busybox() { ! ldd /bin/busybox >/dev/null 2>&1; }

install_packages() {
  packages=$(missing_packages "$1")
  [ -n "$packages" ] || return 0
  has apt-get || die "missing on this machine: ${packages% }. Install them with this system's package manager and run this again."
  say "Installing from the distribution: $packages"
  as_root apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null ||
    die "apt-get could not install: $packages"
}

# --- Docker -----------------------------------------------------------------------------------------------------------

start_docker() {
  docker_answers && return 0
  [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ] && [ "$(id -u)" -ne 0 ] &&
    die "this user may not use Docker: run as root, or add it to the group docker and log in again"
  if has_systemd; then
    say "Starting Docker Engine (systemctl start docker)"
    as_root systemctl start docker || die "Docker did not start: see journalctl -u docker"
  else
    say "Starting Docker Engine (dockerd in the background, log: $DOCKER_LOG)"
    as_root sh -c "rm -f /var/run/docker.pid; setsid dockerd >>'$DOCKER_LOG' 2>&1 </dev/null &"
  fi
  tries=0
  until docker_answers; do
    tries=$((tries + 1))
    if [ "$tries" -ge 120 ]; then
      tail -n 3 "$DOCKER_LOG" >&2 || true
      die "Docker Engine did not answer within 60 s; see $DOCKER_LOG or journalctl -u docker"
    fi
    sleep 0.5
  done
}

# --- This checkout ----------------------------------------------------------------------------------------------------

prepare_checkout() {
  cd "$REPO"
  if [ ! -f node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
    say "Installing the project's packages (npm ci)"
    npm ci --no-audit --no-fund --loglevel=error || die "npm ci failed"
    touch node_modules/.package-lock.json
  fi
  node_modules/.bin/node --version | grep -q '^v24\.' || die "node_modules/.bin/node is not Node.js 24: remove node_modules and run this again"
  say "Building"
  npm run --silent build >/dev/null || die "the build failed"
}

# --- Commands ---------------------------------------------------------------------------------------------------------

demo() {
  install_packages demo
  start_docker
  prepare_checkout
  exec npx longshore sandbox demo
}

run_tests() {
  install_packages test
  start_docker
  prepare_checkout
  exec npm run --silent test
}

install_agent() {
  [ "$(id -u)" -eq 0 ] || die "run this as root: sudo ./install.sh agent …"
  controller='' token='' token_file='' name=''
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "$1 needs a value; see ./install.sh --help"
    case $1 in
      --controller) controller=$2 ;;
      --token) token=$2 ;;
      --token-file) token_file=$2 ;;
      --name) name=$2 ;;
      *) die "unknown option $1; see ./install.sh --help" ;;
    esac
    shift 2
  done
  case $controller in
    '' | *:[0-9]*) ;;
    *) die "--controller is HOST:PORT, such as 192.168.1.10:7443" ;;
  esac
  case $controller$name in
    *[!A-Za-z0-9.:_-]*) die "--controller and --name may hold letters, digits and . : _ - only" ;;
  esac
  if [ -n "$token_file" ]; then
    [ -r "$token_file" ] || die "cannot read $token_file"
    token=$(cat "$token_file")
  fi
  [ -n "$token" ] || [ -f "$STATE_DIR/identity.json" ] || die "give --token or --token-file; make one with: longshore tokens create"
  install_packages agent
  start_docker
  prepare_checkout
  stop_agent

  say "Installing to $PREFIX, state in $STATE_DIR"
  install -d -m 0755 "$PREFIX" "$(dirname "$PID_FILE")" "$(dirname "$AGENT_LOG")"
  install -d -m 0700 "$STATE_DIR"
  # The real binary: node_modules/.bin/node may be a link or a wrapper.
  install -m 0755 "$(node_modules/.bin/node -p process.execPath)" "$PREFIX/node"
  install -m 0644 dist/longshore-agent.cjs "$PREFIX/longshore-agent.cjs"
  if [ -n "$token" ]; then
    (umask 077 && printf '%s\n' "$token" >"$STATE_DIR/join-token")
  fi
  # Small before fast: a small young generation, the optimising compiler for what runs hot only, and a collection when it is quiet.
  # shellcheck disable=SC2046 # one word per flag
  set -- "$PREFIX/node" $(cat agent/node-flags) "$PREFIX/longshore-agent.cjs" --state-dir "$STATE_DIR"
  [ -f "$STATE_DIR/join-token" ] && set -- "$@" --token-file "$STATE_DIR/join-token"
  [ -n "$controller" ] && set -- "$@" --controller "$controller"
  [ -n "$name" ] && set -- "$@" --name "$name"
  start_agent "$@"
}

start_agent() {
  if has_systemd; then
    cat >"$UNIT" <<EOF
[Unit]
Description=Longshore agent: runs Kubernetes pods on this machine with Docker
After=docker.service network-online.target
Wants=docker.service network-online.target

[Service]
ExecStart=$*
Restart=always
RestartSec=2
# The agent's end must not be its pods' end.
KillMode=process

[Install]
WantedBy=multi-user.target
EOF
    systemctl daemon-reload
    systemctl enable --quiet --now longshore-agent.service
    say "The agent runs. Its log: journalctl -u longshore-agent"
  else
    setsid "$@" >>"$AGENT_LOG" 2>&1 </dev/null &
    echo $! >"$PID_FILE"
    sleep 2
    if ! kill -0 "$(cat "$PID_FILE")" 2>/dev/null; then
      rm -f "$PID_FILE"
      tail -n 3 "$AGENT_LOG" >&2
      die "the agent did not start; see $AGENT_LOG"
    fi
    say "No systemd here: the agent runs in the background until the next boot. Its log: $AGENT_LOG"
  fi
}

stop_agent() {
  if [ -f "$UNIT" ] && has_systemd; then
    systemctl disable --quiet --now longshore-agent.service || true
  fi
  if [ -f "$PID_FILE" ]; then
    pid=$(cat "$PID_FILE")
    # Only what we started: a pid alone may by now be another program's.
    if grep -qs longshore-agent.cjs "/proc/$pid/cmdline"; then
      kill "$pid" 2>/dev/null || true
      tries=0
      while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.2
      done
      kill -9 "$pid" 2>/dev/null || true
    fi
    rm -f "$PID_FILE"
  fi
}

uninstall() {
  [ "$(id -u)" -eq 0 ] || die "run this as root: sudo ./install.sh uninstall"
  if [ ! -d "$PREFIX" ] && [ ! -d "$STATE_DIR" ] && [ ! -f "$UNIT" ]; then
    say "Nothing is installed."
    return 0
  fi
  stop_agent
  rm -f "$UNIT"
  if has_systemd; then systemctl daemon-reload; fi
  uid=$(agent_uid)
  if [ -n "$uid" ]; then remove_containers "$uid"; fi
  unmount_below "$STATE_DIR"
  if [ -n "$uid" ]; then
    unmount_below "/run/longshore/$uid"
    rm -rf --one-file-system "/run/longshore/$uid"
  fi
  rm -rf --one-file-system "$PREFIX" "$STATE_DIR" "$AGENT_LOG"
  say "The agent is gone. Remove its object from the cluster with: kubectl delete agent NAME"
}

# Empty when it has never joined.
agent_uid() {
  [ -f "$STATE_DIR/identity.json" ] || return 0
  sed -n 's/.*"joined":{[^}]*"uid":"\([0-9a-f-]*\)".*/\1/p' "$STATE_DIR/identity.json"
}

# Volumes of its pods that are mounted, the deepest first: nothing is ever deleted through a mount.
unmount_below() {
  cut -d ' ' -f 5 /proc/self/mountinfo | sort -r | while read -r path; do
    # The kernel writes a blank as \040.
    path=$(printf '%b' "$path")
    case $path in "$1" | "$1"/*) umount "$path" || die "cannot unmount $path: end what uses it and run this again" ;; esac
  done
}

# The agent's own containers and network, known by its UID in their labels; nobody else's.
remove_containers() {
  docker_answers || die "start Docker first, so that the agent's containers can be removed"
  say "Removing the agent's containers"
  api() { curl --silent --fail --globoff --max-time 60 --unix-socket /var/run/docker.sock "$@"; }
  for label in image-export agent-uid; do
    filter="{\"label\":[\"longshore.dev/$label=$1\"]}"
    ids=$(api --get --data-urlencode "filters=$filter" --data all=1 http://docker/containers/json |
      tr '{' '\n' | sed -n 's/^"Id":"\([0-9a-f]*\)".*/\1/p')
    for id in $ids; do api -X DELETE "http://docker/containers/$id?force=1&v=1" || true; done
  done
  api --get --data-urlencode "filters=$filter" http://docker/networks | tr ',' '\n' |
    sed -n 's/.*"Id":"\([0-9a-f]*\)".*/\1/p' |
    while read -r id; do api -X DELETE "http://docker/networks/$id" || true; done
}

command=${1:-}
[ $# -eq 0 ] || shift
for argument; do
  case $argument in -h | --help) usage && exit 0 ;; esac
done
case $command in
  demo | test) [ $# -eq 0 ] || die "$command takes no options" ;;
esac
case $command in
  demo) demo ;;
  test) run_tests ;;
  agent) install_agent "$@" ;;
  uninstall) uninstall ;;
  -h | --help | help) usage ;;
  '') usage >&2 && exit 2 ;;
  *) die "unknown command '$command'; see ./install.sh --help" ;;
esac
