package docker

import "time"

// SetSilence sets how long a stream may be silent before the engine is asked whether
// it is there.
func SetSilence(d *Driver, silence time.Duration) { d.pulse.silence = silence }

// SetReconcile sets how often all is listed while events are read, and how long after
// a difference the second look is.
func SetReconcile(d *Driver, period, second time.Duration) {
	d.watcher.period, d.watcher.second = period, second
}

// SetQueueBound sets how many events a reader may be behind who begins from now on.
func SetQueueBound(d *Driver, bound int) { d.watcher.bound = bound }

// SetListTimeout sets how long a list may take that a stream waits for.
func SetListTimeout(d *Driver, timeout time.Duration) { d.watcher.patience = timeout }
