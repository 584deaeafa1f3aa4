package engine

import (
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// 36, 61: what a test can't have an engine say. Registries on loopback need no certificate,
// a full disk would be the machine's, and some words are of other engines and registries.
func TestPullTexts(t *testing.T) {
	for message, want := range map[string]struct {
		reason template.PullReason
		class  error
	}{
		"Get \"https://example.com/v2/\": x509: certificate signed by unknown authority":                                     {template.PullCertificate, dockerhv.ErrDenied},
		"Get \"https://example.com/v2/\": http: server gave HTTP response to HTTPS client":                                   {template.PullCertificate, dockerhv.ErrDenied},
		"failed to register layer: Error processing tar file(exit status 1): write /x: no space left on device":              {template.PullNoSpace, dockerhv.ErrFailed},
		"toomanyrequests: You have reached your pull rate limit.":                                                            {template.PullRateLimited, dockerhv.ErrUnavailable},
		"unexpected status from GET request to https://example.com/v2/a/manifests/1: 429 Too Many Requests":                  {template.PullRateLimited, dockerhv.ErrUnavailable},
		"failed to resolve reference: unexpected status from HEAD request to https://example.com/v2/a: 403 Forbidden":        {template.PullDenied, dockerhv.ErrDenied},
		"failed commit on ref \"layer-sha256:1\": unexpected commit digest sha256:2, expected sha256:1: failed precondition": {template.PullCorrupt, dockerhv.ErrIntegrity},
		"no matching manifest for linux/s390x in the manifest list entries":                                                  {template.PullPlatform, dockerhv.ErrNotFound},
		"Get \"https://example.com/v2/\": dial tcp: lookup example.com: no such host":                                        {template.PullUnreachable, dockerhv.ErrUnavailable},
	} {
		err := (&Engine{}).failPull("example.com/a:1", errors.New(message))
		why, ok := errors.AsType[*template.PullError](err)
		if !ok || why.Reason != want.reason || !errors.Is(err, want.class) {
			t.Errorf("%q is %+v, %v; want %q", message, why, err, want.reason)
		}
	}
}

// The names in a message are no reason: who calls a repository "unauthorized" is not asked
// for a credential when it is not there.
func TestPullTextsHeedNoNames(t *testing.T) {
	for ref, message := range map[string]string{
		"example.com/unauthorized:1":        `manifest for example.com/unauthorized:1 not found: manifest unknown: manifest unknown`,
		"unauthorized":                      `pull access denied for unauthorized, repository does not exist or may require 'docker login'`,
		"eof:timeout":                       `manifest for eof:timeout not found: manifest unknown`,
		"timeout.example.com/a:denied":      `Get "https://timeout.example.com/v2/a/manifests/denied": manifest unknown`,
		"x509:toomanyrequests":              `failed to resolve reference "docker.io/library/x509:toomanyrequests": not found`,
		"example.com/a-timeout@sha256:0000": `manifest for example.com/a-timeout@sha256:0000 not found`,
	} {
		if got, ok := matchPullText(ref, message); !ok || got.reason != template.PullNotFound {
			t.Errorf("%q is %q", message, got.reason)
		}
	}
}
