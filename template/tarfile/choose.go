package tarfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

// choose returns the image with a name and for a platform, verified. The empty name
// means the only one there is.
func (a *archive) choose(name string, want template.Platform) (found, error) {
	images, err := a.images()
	if err != nil {
		return found{}, err
	}
	if images, err = withName(images, name); err != nil {
		return found{}, err
	}
	i, err := forPlatform(images, want)
	if err != nil {
		return found{}, err
	}
	return a.complete(i)
}

// withName returns what has a name, or what is one image in several platforms.
func withName(images []image, name string) ([]image, error) {
	if len(images) == 0 {
		return nil, invalid("give an archive with an image", "it has no image")
	}
	if name == "" {
		if slices.ContainsFunc(images, func(i image) bool { return !i.belongsTo(images[0]) }) {
			return nil, several(images)
		}
		return images, nil
	}
	chosen := slices.DeleteFunc(slices.Clone(images), func(i image) bool { return !i.has(name) })
	if len(chosen) == 0 {
		return nil, &dockerhv.Error{
			Err:  &dockerhv.FieldError{Field: "image", Reason: fmt.Sprintf("none has the name %s, of: %s", quote(name), names(images))},
			Next: "choose one of them",
		}
	}
	return chosen, nil
}

// forPlatform returns the first image that is exactly for a platform, or else the
// first that suits it: OCI wants the first to be the best.
func forPlatform(images []image, want template.Platform) (image, error) {
	suiting := slices.DeleteFunc(slices.Clone(images), func(i image) bool { return i.suits(want) != nil })
	exact := slices.DeleteFunc(slices.Clone(suiting), func(i image) bool { return i.platform != want })
	if len(exact) > 0 {
		suiting = exact
	}
	switch {
	case len(images) == 1:
		return images[0], images[0].suits(want)
	case len(suiting) == 0:
		return image{}, invalid("ask for one of them", "it has images for %s, not for %s", platforms(images), want)
	case len(suiting) > 1 && want == template.Platform{}:
		return image{}, invalid("ask for one of them", "it has images for %s", platforms(images))
	case slices.ContainsFunc(suiting, func(i image) bool { return i.entry != suiting[0].entry }):
		return image{}, several(suiting)
	}
	return suiting[0], nil
}

// suits refuses an image for another platform, as far as its config says which.
func (i image) suits(want template.Platform) error {
	if i.platform.OS == "" || i.platform.Architecture == "" {
		return nil
	}
	return suits(i.platform, want)
}

func suits(has, want template.Platform) error {
	if has.Matches(want) {
		return nil
	}
	return invalid("give an archive for that platform, or ask for this one", "the image is for %s, not for %s", has, want)
}

// belongsTo tells whether two images are one in two platforms.
func (i image) belongsTo(other image) bool {
	return i.entry == other.entry || len(i.names) == 0 && len(other.names) == 0 || slices.ContainsFunc(i.names, other.has)
}

// has tells whether an image has a name: "app" is "docker.io/library/app:latest".
func (i image) has(name string) bool {
	return slices.ContainsFunc(i.names, func(n string) bool {
		return n == name || normal(n) == normal(name) && normal(n) != ""
	})
}

func normal(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ""
	}
	return reference.TagNameOnly(named).String()
}

func several(images []image) error {
	return invalid("choose one as the template's image", "it has several images: %s", names(images))
}

// names names images, or the first ones of very many.
func names(images []image) string {
	return first(images, func(i image) string {
		if len(i.names) == 0 {
			return "one without a name"
		}
		return quote(i.names[0])
	})
}

func platforms(images []image) string {
	return first(images, func(i image) string { return i.platform.String() })
}

func first(images []image, word func(image) string) string {
	const enough = 10
	var all []string
	for _, i := range images {
		w := word(i)
		switch {
		case slices.Contains(all, w):
		case len(all) == enough:
			return strings.Join(append(all, "..."), ", ")
		default:
			all = append(all, w)
		}
	}
	return strings.Join(all, ", ")
}
