package drivertest

import (
	"errors"
	"strings"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/driver"
	"github.com/dockerhv/dockerhv/template"
)

var captureRules = group{name: "Capture", needs: Capturer, rules: []rule{
	{"makes an image that runs what the instance runs", about(2), captureRuns, ""},
	{"takes the files along, and none that come later", about(103), captureFiles, Copier},
	{"leaves the instance as it was", about(23), captureUntouched, ""},
	{"works at rest", about(2), captureAtRest, ""},
	{"again returns the same image, also by another driver", about(29), captureAgain, ""},
	{"under a name that is taken is ErrExists", about(30), captureTaken, ""},
	{"gives nobody an instance, nor the image's a name or an owner", about(51), captureNobody, ""},
	{"of what is not there is ErrNotFound", about(1), captureAbsent, ""},
	{"refuses what can't be meant", about(61), captureRefused, ""},
}}

// captured is what the trial's capture is called.
func (t *trial) captured() string { return "localhost/drivertest:" + strings.ToLower(t.owner) }

// capture captures the instance i1. What comes of it is removed before the test ends, and
// the instance c1 that may run it.
func (t *trial) capture(opts driver.CaptureOptions) template.Image {
	t.Helper()
	if opts.Reference == "" {
		opts.Reference = t.captured()
	}
	t.removeLater(opts.Reference)
	image, err := driver.Capture(t.Context(), t.driver, "i1", opts)
	t.must(err)
	if image.ID == "" || image.Digest == "" || image.Reference != opts.Reference {
		t.Errorf("the image is %+v", image)
	}
	return image
}

func (t *trial) removeLater(ref string) {
	t.Cleanup(func() {
		ctx := t.lateContext()
		err := t.driver.Destroy(ctx, "c1", driver.DestroyOptions{Force: true})
		if err := errors.Join(err, t.driver.Images().Remove(ctx, ref)); err != nil {
			t.Errorf("the clean-up of %s: %v", ref, err)
		}
	})
}

func captureRuns(t *trial) {
	t.serve("i1")
	image := t.capture(driver.CaptureOptions{Author: "the suite", Message: "while it runs"})
	found, err := t.driver.Images().Image(t.Context(), image.Reference)
	t.must(err)
	t.same("the image of the reference", image.ID, found.ID)
	i := t.run(driver.Spec{ID: "c1", Image: image.ID})
	t.same("the image that runs", image.ID, i.Image)
}

func captureFiles(t *trial) {
	spec := t.server("i1")
	spec.Files = []driver.File{{Path: "/etc/of-the-spec", Content: []byte("given")}}
	t.run(spec)
	t.copyIn("i1", "/tmp", pack(t, tree))
	image := t.capture(driver.CaptureOptions{Live: true})
	t.copyIn("i1", "/tmp", pack(t, []entry{{Name: "later", Mode: 0o644, Content: "later"}}))
	t.create(driver.Spec{ID: "c1", Image: image.ID})
	t.same("the files", byName(tree), byName(t.copyOut("c1", "/tmp/data")))
	t.same("the spec's file", "given", t.copyOut("c1", "/etc/of-the-spec")[0].Content)
	_, err := driver.CopyOut(t.Context(), t.driver, "c1", "/tmp/later")
	t.refused(err, dockerhv.ErrNotFound)
}

func captureUntouched(t *trial) {
	before := t.serve("i1")
	t.capture(driver.CaptureOptions{})
	t.pause(settle)
	t.same("the instance", before, t.inspect("i1"))
	if !Pauser.has(t.driver) {
		return
	}
	t.freeze("i1")
	t.capture(driver.CaptureOptions{Reference: t.captured() + "-paused"})
	t.pause(settle)
	t.state("i1", driver.Paused)
}

func captureAtRest(t *trial) {
	t.create(t.server("i1"))
	t.capture(driver.CaptureOptions{})
	t.state("i1", driver.Created)
	t.start("i1")
	t.stop("i1", driver.StopOptions{Grace: -1})
	image := t.capture(driver.CaptureOptions{Reference: t.captured() + "-ended"})
	t.state("i1", driver.Exited)
	t.run(driver.Spec{ID: "c1", Image: image.ID})
}

func captureAgain(t *trial) {
	t.serve("i1")
	first := t.capture(driver.CaptureOptions{Message: "once"})
	for _, d := range []driver.Driver{t.driver, t.again()} {
		again, err := driver.Capture(t.Context(), d, "i1", driver.CaptureOptions{Reference: t.captured(), Message: "once"})
		t.must(err)
		t.same("the image", first, again)
	}
}

func captureTaken(t *trial) {
	t.serve("i1")
	t.create(t.server("i2"))
	first := t.capture(driver.CaptureOptions{})
	for name, call := range map[string]struct {
		id   string
		opts driver.CaptureOptions
	}{
		"other options":    {"i1", driver.CaptureOptions{Message: "another"}},
		"another instance": {"i2", driver.CaptureOptions{}},
	} {
		call.opts.Reference = t.captured()
		_, err := driver.Capture(t.Context(), t.driver, call.id, call.opts)
		if err := fault(err, dockerhv.ErrExists); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	found, err := t.driver.Images().Image(t.Context(), t.captured())
	t.must(err)
	t.same("the image", first.ID, found.ID)
}

func captureNobody(t *trial) {
	spec := t.server("i1")
	spec.Name = "the captured one"
	spec.Files = []driver.File{{Path: "/etc/of-the-spec", Content: []byte("given")}}
	t.run(spec)
	image := t.capture(driver.CaptureOptions{})
	other := t.other()
	theirs, err := other.Create(t.Context(), driver.Spec{ID: "theirs", Image: image.ID})
	t.must(err)
	t.Cleanup(func() { t.must(other.Destroy(t.lateContext(), "theirs", driver.DestroyOptions{Force: true})) })
	if theirs.Owner == t.owner || theirs.Name != "" || theirs.Incomplete || theirs.Template != (driver.Template{}) {
		t.Errorf("of the image comes %+v", theirs)
	}
	all, err := t.driver.List(t.Context(), driver.Filter{})
	t.must(err)
	if len(all) != 1 || all[0].ID != "i1" {
		t.Errorf("the owner's instances are %+v", all)
	}
}

func captureAbsent(t *trial) {
	_, err := driver.Capture(t.Context(), t.driver, "nobody", driver.CaptureOptions{Reference: t.captured()})
	t.refused(err, dockerhv.ErrNotFound)
}

func captureRefused(t *trial) {
	t.create(t.server("i1"))
	for name, opts := range map[string]driver.CaptureOptions{
		"no reference":         {},
		"a digest":             {Reference: "localhost/drivertest@sha256:" + zeros},
		"an instruction":       {Changes: []string{"RUN true"}},
		"a second line":        {Changes: []string{"ENV a=b\nRUN true"}},
		"a label by Changes":   {Changes: []string{"LABEL a=b"}},
		"a label of our own":   {Labels: map[string]string{"io.github.dockerhv.owner": "another"}},
		"a message of lines":   {Message: "one\ntwo"},
		"an author with a NUL": {Author: "one\x00two"},
	} {
		if name != "no reference" && opts.Reference == "" {
			opts.Reference = t.captured()
		}
		_, err := driver.Capture(t.Context(), t.driver, "i1", opts)
		if err := fault(err, dockerhv.ErrInvalid); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := t.driver.Images().Image(t.Context(), t.captured()); !errors.Is(err, dockerhv.ErrNotFound) {
		t.Errorf("there is an image: %v", err)
	}
}
