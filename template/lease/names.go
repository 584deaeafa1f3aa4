package lease

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// The names that say who brought an image and who needs it. Their tags are made of digests,
// for an owner and a name may be longer than a tag, and of other characters:
//
//	localhost/dockerhv/brought:OWNER-NAME-RANDOM
//	localhost/dockerhv/lease:SECONDS-OWNER-RANDOM, with the time of its end since 1970, or 0
const (
	ours      = "localhost/dockerhv/"
	broughtBy = ours + "brought:"
	neededBy  = ours + "lease:"
)

// digest is what a tag has of an owner or a name.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

func markName(owner, name, random string) string {
	return broughtBy + owner + "-" + digest(name) + "-" + random
}

// marked reads the digest of the name that a mark of an owner's is of.
func marked(mark, owner string) string {
	of, _, _ := strings.Cut(strings.TrimPrefix(mark, broughtBy+owner+"-"), "-")
	return of
}

func leaseName(owner string, until time.Time, random string) string {
	seconds := int64(0)
	if !until.IsZero() {
		seconds = until.Unix()
	}
	return neededBy + strconv.FormatInt(seconds, 10) + "-" + owner + "-" + random
}

// leaseEnd reads when a lease ends, from its name; zero is never. A name that is not of our
// making is a lease without an end, for somebody may mean something by it.
func leaseEnd(name string) time.Time {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, neededBy), "-")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// repository is a full name without its tag or digest.
func repository(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name = name[:colon]
	}
	return name
}
