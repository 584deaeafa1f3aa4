# marked tells whether an environment, read from standard input, has the marker.
# The shell's read drops the zero bytes between the variables.
marked() {
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in *"$marker"*) return 0 ;; esac
	done
	return 1
}

# parent prints nothing; it sets $parent from a status file on standard input.
parent() {
	parent=
	while read -r key value; do
		case $key in PPid:) parent=$value; return ;; esac
	done
}

# ours tells whether a process is marked, or the child of one that was found.
ours() {
	parent <"/proc/$1/status" || return 1
	case $found in *" $parent "*) return 0 ;; esac
	marked <"/proc/$1/environ"
}

# search sets $found to the processes to kill, children before their parents.
search() {
	found=' ' more=1
	while [ -n "$more" ]; do
		more=
		for process in /proc/[0-9]*; do
			process=${process#/proc/}
			case $found in *" $process "*) continue ;; esac
			ours "$process" && found=" $process$found" more=1
		done
	done
}

exec 2>/dev/null
marker=$1 rounds=0
while [ "$rounds" -lt 50 ]; do
	search
	[ "$found" = ' ' ] && exit 0
	for process in $found; do
		ours "$process" && kill -9 "$process"
	done
	rounds=$((rounds + 1))
done
exit 1
