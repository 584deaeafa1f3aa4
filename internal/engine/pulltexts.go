package engine

import (
	"errors"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// pullText is a text by which an engine tells what went wrong with a pull: it has the
// status 500 or 404 for most, and 200 for what comes in the stream.
type pullText struct {
	fragment string // in lower case
	reason   template.PullReason
	next     string
}

// pullTexts returns the rules; the first that matches counts. Each has a test against a
// real engine, or is a registry's own words.
func pullTexts() []pullText {
	return []pullText{
		{"no space left on device", template.PullNoSpace, "free space on the host"},

		{"toomanyrequests", template.PullRateLimited, "wait, or give a credential: the registry limits anonymous pulls"},
		{"too many requests", template.PullRateLimited, "wait, or give a credential: the registry limits anonymous pulls"},
		{"no basic auth credentials", template.PullUnauthorized, "give a credential for the registry"},
		{"unauthorized", template.PullUnauthorized, "check the credential for the registry"},
		{"pull access denied", template.PullNotFound, "check the reference, or give a credential if it is private"},
		{"denied:", template.PullDenied, "give a credential that may read the repository"},
		{"403 forbidden", template.PullDenied, "give a credential that may read the repository"},

		{"verification failed for digest", template.PullCorrupt, "try again: what the registry sent is damaged"},
		{"unexpected commit digest", template.PullCorrupt, "try again: what the registry sent is damaged"},
		{"failed size validation", template.PullCorrupt, "try again: what the registry sent is damaged"},

		{"manifest unknown", template.PullNotFound, "check the reference's tag or digest"},
		{"manifest_unknown", template.PullNotFound, "check the reference's tag or digest"}, // a registry's own words, passed on
		{"name unknown", template.PullNotFound, "check the reference's name"},
		{"name_unknown", template.PullNotFound, "check the reference's name"},
		{"not found", template.PullNotFound, "check the reference"},
		{"no matching manifest", template.PullPlatform, "ask for a platform that the image has"},
		{"does not match the specified platform", template.PullPlatform, "ask for a platform that the image has"},

		{"server gave http response to https client", template.PullCertificate, "the registry speaks plain http: list it in the engine's insecure-registries"},
		{"client sent an http request to an https server", template.PullCertificate, "give a credential for the registry, and the engine its CA"},
		{"x509:", template.PullCertificate, "give the engine the registry's CA, in its certs.d"},

		{"connection refused", template.PullUnreachable, "check that the registry runs and that the engine can reach it"},
		{"no such host", template.PullUnreachable, "check the registry's name and the engine's DNS"},
		{"server misbehaving", template.PullUnreachable, "check the engine's DNS"},
		{"timeout", template.PullUnreachable, "check that the engine can reach the registry"},
		{" eof", template.PullUnreachable, "try again: the registry broke off"},
	}
}

// matchPullText finds the rule for what an engine says of a reference, whose name could
// have any of the fragments in it, and is left out.
func matchPullText(ref, message string) (pullText, bool) {
	message = withoutNames(ref, strings.ToLower(message))
	for _, t := range pullTexts() {
		if strings.Contains(message, t.fragment) {
			return t, true
		}
	}
	return pullText{}, false
}

// withoutNames leaves out the words that are, or may have in them, the names of a registry,
// a repository or a tag: those of the reference, and all that have a slash, as URLs do. The
// other words are each behind a space.
func withoutNames(ref, message string) string {
	ref = strings.ToLower(ref)
	var names []string
	if named, err := reference.ParseNormalizedNamed(ref); err == nil {
		names = []string{
			ref, reference.FamiliarString(named), reference.FamiliarName(named), reference.Domain(named), reference.Path(named),
		}
		if tagged, ok := named.(reference.Tagged); ok {
			names = append(names, tagged.Tag())
		}
	}
	var said strings.Builder
	for word := range strings.FieldsSeq(message) {
		if bare := strings.Trim(word, `"',;()`); strings.Contains(bare, "/") || slices.Contains(names, bare) {
			continue
		}
		said.WriteString(" " + word)
	}
	return said.String()
}

// pullClass is the class of a reason's errors.
func pullClass(reason template.PullReason) error {
	switch reason {
	case template.PullNotFound, template.PullPlatform:
		return dockerhv.ErrNotFound
	case template.PullUnauthorized, template.PullDenied, template.PullCertificate:
		return dockerhv.ErrDenied
	case template.PullRateLimited, template.PullUnreachable, template.PullStalled:
		return dockerhv.ErrUnavailable
	case template.PullCorrupt:
		return dockerhv.ErrIntegrity
	case template.PullNoSpace:
	}
	return dockerhv.ErrFailed
}

// failPull is fail for a pull, with the reason if the engine told one.
func (e *Engine) failPull(ref string, err error) error {
	failed := e.fail(opPull, ref, err)
	why, ok := errors.AsType[*dockerhv.Error](failed)
	if !ok || why.Class == nil || errors.Is(why.Class, dockerhv.ErrClosed) || isConnection(err) {
		return failed // of the caller or of the engine itself
	}
	reason := template.PullNotFound
	if t, ok := matchPullText(ref, err.Error()); ok {
		reason, why.Class, why.Next = t.reason, pullClass(t.reason), t.next
	} else if !errors.Is(why.Class, dockerhv.ErrNotFound) {
		return failed
	}
	why.Err = &template.PullError{Reason: reason, Err: why.Err}
	return why
}

// refusePull is a pull's error that is not the engine's.
func (e *Engine) refusePull(ref, next string, why *template.PullError) error {
	return &dockerhv.Error{Op: opPull, Host: e.endpoint.String(), ID: ref, Class: pullClass(why.Reason), Err: why, Next: next}
}
