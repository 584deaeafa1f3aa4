package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/dockerhv/dockerhv/driver"
)

// Name is what the container is called that is an owner's instance. The name makes it
// unique on the host. An owner has no dot and an ID begins with a letter or digit, so
// that it is taken neither for another's nor for one that was set aside.
func Name(owner, id string) string { return owner + "." + id }

// Role is what a container is to the instance whose ID it carries. It is kept in the
// container's name, which the engine changes at once or not at all.
type Role string

// The roles. All but the first are set aside.
const (
	Itself   Role = ""         // it is the instance
	Replaced Role = "replaced" // it was, until another takes its place for good
	Retired  Role = "retired"  // it was, and may be again
)

// NameAside is what a container is called that is set aside. Detail is what must be
// kept with it: letters, digits and hyphens.
func NameAside(owner string, role Role, detail, id string) string {
	return fmt.Sprintf("%s._%s-%s.%s", owner, role, detail, id)
}

// readRole reads a container's name.
func readRole(name string) (role Role, detail string) {
	_, rest, _ := strings.Cut(strings.TrimPrefix(name, "/"), ".")
	aside, ok := strings.CutPrefix(rest, "_")
	if !ok {
		return Itself, ""
	}
	aside, _, _ = strings.Cut(aside, ".")
	word, detail, _ := strings.Cut(aside, "-")
	return Role(word), detail
}

// RestartDetail keeps a restart policy in a name, RestartOf reads it.
func RestartDetail(r driver.Restart) string {
	policy := r.Policy
	if policy == driver.RestartNever {
		policy = driver.RestartPolicy(container.RestartPolicyDisabled)
	}
	return fmt.Sprintf("%s-%d", policy, r.MaxRetries)
}

// RestartOf returns the restart policy that is kept in a name.
func RestartOf(detail string) driver.Restart {
	at := strings.LastIndexByte(detail, '-')
	if at < 0 {
		return driver.Restart{}
	}
	retries, _ := strconv.Atoi(detail[at+1:])
	return readRestart(container.RestartPolicy{Name: container.RestartPolicyMode(detail[:at]), MaximumRetryCount: retries})
}

// Member is a container that carries an instance's ID.
type Member struct {
	driver.Instance
	Role   Role
	Detail string
	Name   string // the container's
}

// Members returns the containers that carry an instance's ID. More than one that is
// the instance there are only if something went wrong.
func (e *Engine) Members(ctx context.Context, owner, id string) ([]Member, error) {
	containers, err := e.cli.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(
		filters.Arg("label", labelOwner+"="+owner), filters.Arg("label", labelInstance+"="+id),
	)})
	if err != nil {
		return nil, e.fail("look for instance", id, err)
	}
	members := make([]Member, 0, len(containers))
	for i := range containers {
		members = append(members, readMember(&containers[i]))
	}
	return members, nil
}

func readMember(c *container.Summary) Member {
	m := Member{Instance: readSummary(c)}
	if len(c.Names) > 0 {
		m.Name = strings.TrimPrefix(c.Names[0], "/")
		m.Role, m.Detail = readRole(m.Name)
	}
	if m.Role == Retired {
		m.State = driver.Retired
	}
	return m
}

// Instance is the member that is the instance: one that is to be replaced is still it
// while there is no other.
func Instance(members map[Role]Member) (Member, bool) {
	if m, ok := members[Itself]; ok {
		return m, true
	}
	m, ok := members[Replaced]
	return m, ok
}

// Claimants are the members that say that they are the instance: one, unless something
// went wrong.
func Claimants(members []Member) []Member {
	var claimants []Member
	for _, role := range []Role{Itself, Replaced} {
		for _, m := range members {
			if m.Role == role {
				claimants = append(claimants, m)
			}
		}
		if len(claimants) > 0 {
			break
		}
	}
	return claimants
}

// visible leaves out what is set aside, but for what is asked for, and what is to be
// replaced by another that is not there: that is still the instance.
func visible(members []Member, filter driver.Filter) []driver.Instance {
	taken := make(map[string]bool)
	for _, m := range members {
		if m.Role == Itself {
			taken[m.ID] = true
		}
	}
	instances := make([]driver.Instance, 0, len(members))
	for _, m := range members {
		if m.Role == Itself || m.Role == Replaced && !taken[m.ID] || m.Role == Retired && filter.Retired() {
			instances = append(instances, m.Instance)
		}
	}
	return instances
}

// Rename changes a container's name. One that is taken is dockerhv.ErrConflict.
func (e *Engine) Rename(ctx context.Context, hostID, name string) error {
	return e.done("rename instance", hostID, e.cli.ContainerRename(ctx, hostID, name))
}
