# PID 1 of a private engine: gives it a /proc, /sys, /run and hostname of its own, then reaps what dies until it is killed.
# $1 is the engine's directory, $2 its name, $3 the root to run it from, or nothing for the machine's. The rest are the
# machine's directories that such a root has, too.
set -eu
dir=$1 name=$2 root=$3
shift 3
mount --make-rprivate /
mount -t proc proc /proc

# A /sys of this network hides the control groups below it, so they are carried over.
mkdir "$dir/cgroup"
mount --rbind /sys/fs/cgroup "$dir/cgroup"
mount -t sysfs sysfs /sys
mount --move "$dir/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run

# Engines share a root, so each writes to a layer of its own. It must become the root by pivot_root: where / is no mount
# point, as after a plain chroot, dockerd can't unpack images.
if [ -n "$root" ]; then
	mkdir "$dir/layer" "$dir/root"
	mount -t tmpfs tmpfs "$dir/layer"
	mkdir "$dir/layer/upper" "$dir/layer/work"
	mount -t overlay -o "lowerdir=$root,upperdir=$dir/layer/upper,workdir=$dir/layer/work" overlay "$dir/root"
	for shared in /proc /sys /dev /run; do
		mount --rbind "$shared" "$dir/root$shared"
	done
	for shared; do
		mkdir -p "$dir/root$shared"
		mount --bind "$shared" "$dir/root$shared"
	done
	cd "$dir/root"
	mkdir machine
	pivot_root . machine
	cd /
	hash -r
	umount -l machine
fi

# Names resolve to nothing at once, instead of after a time-out. The file may be a link into the /run that was just hidden.
echo nameserver 127.0.0.1 >"$dir/resolv.conf"
resolv=$(readlink -m /etc/resolv.conf)
case $resolv in /run/*) mkdir -p "${resolv%/*}" && : >"$resolv" ;; esac
[ ! -e "$resolv" ] || mount --bind "$dir/resolv.conf" "$resolv"

# For an engine with userns-remap: the users of its instances.
for ids in /etc/subuid /etc/subgid; do
	printf 'nobody:100000:65536\nnogroup:100000:65536\n' >"$dir/${ids##*/}"
	[ ! -e "$ids" ] || mount --bind "$dir/${ids##*/}" "$ids"
done

hostname "$name"
echo ready
exec >/dev/null 2>&1
# The shell, not sleep, is PID 1: while it waits it reaps every orphan, as dockerd expects after a crash.
while :; do sleep 3600; done
