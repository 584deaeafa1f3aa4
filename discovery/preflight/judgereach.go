package preflight

import (
	"errors"
	"time"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
)

// expiresSoon is how long before a certificate expires that is warned of.
const expiresSoon = 30 * 24 * time.Hour

// judgeAccess looks at the way to the engine: may this process use it, with what it has?
func judgeAccess(f Facts, _ Options) Finding {
	switch {
	case f.Access != nil:
		return fail("mend the endpoint or the files of its TLS identity, which must be PEM and readable for this user", "%v", f.Access)
	case errors.Is(f.Open, dockerhv.ErrDenied):
		return fail("use a user that may: root or one of the group docker for a socket, a certificate that the engine's CA has signed for TLS", "%v", f.Open)
	case f.Expires.IsZero():
		return pass("this process may use it")
	case time.Until(f.Expires) <= 0:
		return fail("renew the client's certificate", "its certificate expired at %s", f.Expires.Format(time.RFC3339))
	case time.Until(f.Expires) < expiresSoon:
		return warn("renew the client's certificate", "its certificate expires at %s", f.Expires.Format(time.RFC3339))
	}
	return pass("this process may use it, with a certificate that expires at %s", f.Expires.Format(time.RFC3339))
}

func judgeEngine(f Facts, _ Options) Finding {
	if f.Open != nil && !errors.Is(f.Open, errors.ErrUnsupported) {
		return fail("install Docker Engine and start it, such as with systemctl start docker, and see that it can be reached from here", "%v", f.Open)
	}
	if f.Host == nil {
		return pass("it answers")
	}
	return pass("Docker Engine %s answers", f.Host.Version)
}

func judgeAPI(f Facts, _ Options) Finding {
	if f.Open != nil {
		return fail("upgrade it to Docker Engine 20.10 or newer", "%v", f.Open)
	}
	h := f.Host
	return pass("API %s is in use, it serves %s to %s", h.APIVersion, h.MinAPIVersion, h.MaxAPIVersion)
}

// judgeHealth does not believe an engine that answers: it must list, and go the way of a
// create.
func judgeHealth(f Facts, _ Options) Finding {
	const remedy = "look at the engine's log, such as with journalctl -u docker, and restart it"
	switch {
	case f.HealthErr != nil:
		return fail(remedy, "%v", f.HealthErr)
	case f.Health.Status != driver.Healthy:
		return fail(remedy, "it is %s: %s (%s)", f.Health.Status, f.Health.Detail, f.Health.Reason)
	}
	return pass("it answers, lists and would create")
}
