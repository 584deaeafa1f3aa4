#!/bin/sh
# Runs setup-agent in a copy of a Debian root that nobody has configured, in namespaces of its own: to be run by
# unshare --mount --net --uts --ipc --pid --fork. Its arguments are a folder of its own, the root, and the program.
set -eu
base=$1 root=$2 program=$3
fresh=$base/root

# What is written to the root goes into memory, and what the engine writes, where it can mount layers.
mount --make-rprivate /
mkdir -p "$base/memory" "$base/data" "$fresh"
mount -t tmpfs tmpfs "$base/memory"
mkdir "$base/memory/upper" "$base/memory/work"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$base/memory/upper,workdir=$base/memory/work" "$fresh"
mkdir -p "$fresh/var/lib/docker"
mount --bind "$base/data" "$fresh/var/lib/docker"
mount -t proc proc "$fresh/proc"
mount --rbind /sys "$fresh/sys"
mount --rbind /dev "$fresh/dev"
mount -t tmpfs tmpfs "$fresh/run"
mount -t tmpfs tmpfs "$fresh/tmp"
rm -rf "$fresh/etc/docker"
printf '127.0.0.1\tlocalhost\n' >"$fresh/etc/hosts"
cp "$program" "$fresh/setup-agent"
# Debian's script raises its bounds, which nobody may in a container.
if ! (ulimit -n 1048576) 2>/dev/null; then
	echo 'ulimit() { :; }' >>"$fresh/etc/default/docker"
fi
hostname fresh
ip link set lo up

cat >"$fresh/job.sh" <<'JOB'
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
step() { # step NAME WANTED-STATUS ARGUMENT...
	name=$1 want=$2
	shift 2
	echo "== $name: setup-agent $*"
	/setup-agent "$@" </dev/null
	got=$?
	[ "$got" -eq "$want" ] || { echo "== $name ended with $got, not $want"; tail -n 20 /var/log/docker.log; exit 1; }
}
files() { find /etc/docker /etc/hosts -printf '%p %m %u %s %l\n' -type f -exec sha256sum {} + | sort; }

step before 1 check
step refused 1 apply -listen 127.0.0.1:2376
[ ! -e /etc/docker ] || { echo "== a plan without consent has written"; exit 1; }
step first 0 apply -yes -listen 127.0.0.1:2376
step passes 0 check -strict
files >/tmp/once
step second 0 apply -yes -listen 127.0.0.1:2376
files >/tmp/twice
cmp /tmp/once /tmp/twice || exit 1
step again 0 check -strict
step tls 0 check -strict -host tcp://127.0.0.1:2376 -tls /etc/docker/tls
step stranger 1 check -host tcp://127.0.0.1:2376
step fails 1 apply -yes -timeout 10s -listen 10.9.9.9:2376 -pool 10.9.0.0/16/24
files >/tmp/after
cmp /tmp/once /tmp/after || { diff /tmp/once /tmp/after; exit 1; }
step still 0 check -strict
step registered 0 register -once
echo "== all is well"
JOB
exec chroot "$fresh" /bin/sh /job.sh
