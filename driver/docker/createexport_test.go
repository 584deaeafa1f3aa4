package docker

import "time"

// SetPatience sets how long a name is asked for that cannot be looked at.
func SetPatience(d *Driver, patience time.Duration) { d.patience = patience }
