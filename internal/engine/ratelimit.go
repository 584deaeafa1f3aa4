package engine

import (
	"errors"
	"sync"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// rateWindow is how long a registry is left alone that has said that it is asked too
// often. An engine does not pass on how long the registry wants.
const rateWindow = time.Minute

// rateLimits remembers which registries want to be left alone, by registry and
// credential. The zero value is ready.
type rateLimits struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// left tells how long a registry is to be left alone yet; 0 means that it may be asked.
func (l *rateLimits) left(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.until[key]))
}

// heed takes account of what a pull came to, and says in it how long nothing is asked.
func (l *rateLimits) heed(key string, err error) error {
	var why *template.PullError
	if !errors.As(err, &why) || why.Reason != template.PullRateLimited {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil {
		l.until = make(map[string]time.Time)
	}
	for k, until := range l.until {
		if time.Now().After(until) {
			delete(l.until, k)
		}
	}
	l.until[key] = time.Now().Add(rateWindow)
	why.RetryAfter = rateWindow
	return err
}
