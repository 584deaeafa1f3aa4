# PID 1 of a private engine: gives it a /proc, /sys, /run and hostname of its own, then reaps what dies until it is killed.
# $1 is the engine's directory, $2 its name.
set -eu
mount --make-rprivate /
mount -t proc proc /proc

# A /sys of this network hides the control groups below it, so they are carried over.
mkdir "$1/cgroup"
mount --rbind /sys/fs/cgroup "$1/cgroup"
mount -t sysfs sysfs /sys
mount --move "$1/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run

# Names resolve to nothing at once, instead of after a time-out. The file may be a link into the /run that was just hidden.
echo nameserver 127.0.0.1 >"$1/resolv.conf"
resolv=$(readlink -m /etc/resolv.conf)
case $resolv in /run/*) mkdir -p "${resolv%/*}" && : >"$resolv" ;; esac
[ ! -e "$resolv" ] || mount --bind "$1/resolv.conf" "$resolv"

hostname "$2"
echo ready
exec >/dev/null 2>&1
# The shell, not sleep, is PID 1: while it waits it reaps every orphan, as dockerd expects after a crash.
while :; do sleep 3600; done
