package lease

import (
	"slices"
	"strings"
	"time"

	"github.com/dockerhv/dockerhv/template"
)

// look is what an image's names say of it, to one owner.
type look struct {
	mark    []string // the owner's own marks
	brought []string // the names that these are of
	others  bool     // somebody else has brought it, too, or has named it
	needed  bool
	over    []string // leases that have ended
}

// look reads an image's names.
func (k *Keeper) look(i template.Stored, now time.Time) look {
	l := look{needed: i.Used}
	names := make(map[string]string) // by their digests
	for _, name := range i.References {
		switch {
		case strings.HasPrefix(name, neededBy):
			if end := leaseEnd(name); end.IsZero() || now.Before(end) {
				l.needed = true
			} else {
				l.over = append(l.over, name)
			}
		case strings.HasPrefix(name, broughtBy+k.owner+"-"):
			l.mark = append(l.mark, name)
		case strings.HasPrefix(name, broughtBy):
			l.others = true
		case !strings.HasPrefix(name, ours):
			names[digest(name)] = name
		}
	}
	for _, mark := range l.mark {
		of := marked(mark, k.owner)
		if name, ok := names[of]; ok {
			l.brought = append(l.brought, name)
			delete(names, of) // of which there may be several marks
		}
	}
	for _, name := range names {
		l.others = l.others || !l.follows(name)
	}
	slices.Sort(l.brought)
	return l
}

// follows tells whether a store has a name because of one that was brought: some tell a
// digest of each tag.
func (l look) follows(name string) bool {
	return strings.Contains(name, "@") && slices.ContainsFunc(l.brought, func(tag string) bool {
		return !strings.Contains(tag, "@") && repository(tag) == repository(name)
	})
}

// names are those to remove the image by, the marks last: what is left of it is still
// marked if that is interrupted. Of what others have, too, the mark alone goes.
func (l look) names() []string {
	if l.others {
		return l.mark
	}
	return slices.Concat(l.brought, l.mark)
}
