package tarfile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar"
)

// node is an entry of an OCI index, with all the files below it.
type node struct {
	mediaType   string
	content     string
	annotations map[string]string
	platform    string
	files       []file
}

func blob(content string) file {
	return file{name: "blobs/sha256/" + sumOf([]byte(content)), content: content}
}

func (n node) digest() string { return "sha256:" + sumOf([]byte(n.content)) }

// descriptor is what an index says of the node.
func (n node) descriptor() map[string]any {
	d := describe(n.mediaType, n.content)
	if n.annotations != nil {
		d["annotations"] = n.annotations
	}
	if os, arch, ok := strings.Cut(n.platform, "/"); ok {
		d["platform"] = map[string]any{"os": os, "architecture": arch}
	}
	return d
}

func describe(mediaType, content string) map[string]any {
	return map[string]any{"mediaType": mediaType, "digest": "sha256:" + sumOf([]byte(content)), "size": len(content)}
}

// manifest is an image as a node. Its layers are as they are given.
func (i image) manifest(layers ...string) node {
	if layers == nil {
		layers = i.layers
	}
	described := []any{}
	files := []file{blob(i.config())}
	for _, layer := range layers {
		described = append(described, describe(mediaLayer, layer))
		if f := blob(layer); !slices.ContainsFunc(files, func(have file) bool { return have.name == f.name }) {
			files = append(files, f)
		}
	}
	content := encode(map[string]any{
		"schemaVersion": 2, "mediaType": mediaManifest, "config": describe(mediaConfig, i.config()), "layers": described,
	})
	return node{mediaType: mediaManifest, content: content, files: append(files, blob(content))}
}

// named gives a node OCI's name.
func (n node) named(name string) node {
	n.annotations = map[string]string{"org.opencontainers.image.ref.name": name}
	return n
}

// indexOf is an index of nodes as a node.
func indexOf(nodes ...node) node {
	entries := []any{}
	var files []file
	for _, n := range nodes {
		entries = append(entries, n.descriptor())
		files = append(files, n.files...)
	}
	content := encode(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": entries})
	return node{mediaType: mediaIndex, content: content, files: append(files, blob(content))}
}

// layoutOf are the files of an OCI archive of nodes.
func layoutOf(nodes ...node) []file {
	index := indexOf(nodes...)
	files := []file{{name: "oci-layout", content: `{"imageLayoutVersion":"1.0.0"}`}, {name: "index.json", content: index.content}}
	for _, f := range index.files[:len(index.files)-1] {
		if !slices.ContainsFunc(files, func(have file) bool { return have.name == f.name }) {
			files = append(files, f)
		}
	}
	return files
}

func on(arch string, layers ...string) image { return image{platform: arch, layers: layers} }

// amd64 is a host for an installation that asks for no platform.
func amd64() template.Traits {
	return template.Traits{Platform: template.Platform{OS: "linux", Architecture: "amd64"}, Zstd: true}
}

// TestOCI chooses an image from an index by name and platform.
func TestOCI(t *testing.T) {
	box, arm, other := on("amd64", "a", "b"), on("arm64", "c"), on("amd64", "d")
	attestation := on("unknown", `{}`).manifest()
	attestation.platform = "unknown/unknown"
	signature := box.manifest()
	signature.content = strings.Replace(signature.content, mediaLayer, "application/vnd.dev.cosign.simplesigning.v1+json", 1)
	signature.files[len(signature.files)-1] = blob(signature.content)
	chart := node{mediaType: mediaManifest, content: encode(map[string]any{"config": describe("application/vnd.cncf.helm.config.v1+json", `{"name":"x"}`)})}
	chart.files = []file{blob(`{"name":"x"}`), blob(chart.content)}
	absent := on("ppc64le", "gone").manifest()
	absent.files = nil
	for name, test := range map[string]struct {
		nodes    []node
		image    string
		platform string
		host     template.Traits
		want     image
		words    []string // of an error, instead
	}{
		"single":                {nodes: []node{box.manifest().named("v1")}, want: box},
		"single by name":        {nodes: []node{box.manifest().named("v1")}, image: "v1", want: box},
		"in full":               {nodes: []node{box.manifest().named("docker.io/library/app:v1")}, image: "app:v1", want: box},
		"nested":                {nodes: []node{indexOf(arm.manifest(), box.manifest())}, want: box},
		"nested twice":          {nodes: []node{indexOf(indexOf(arm.manifest()), indexOf(box.manifest()))}, want: box},
		"side by side":          {nodes: []node{arm.manifest(), box.manifest()}, want: box},
		"of one name":           {nodes: []node{arm.manifest().named("v1"), box.manifest().named("v1")}, want: box},
		"platform asked":        {nodes: []node{indexOf(arm.manifest(), box.manifest())}, platform: "arm64", want: arm},
		"first of two":          {nodes: []node{indexOf(box.manifest(), other.manifest())}, want: box},
		"with attestation":      {nodes: []node{indexOf(attestation, box.manifest())}, want: box},
		"with artifacts":        {nodes: []node{chart, signature, box.manifest()}, want: box},
		"partly there":          {nodes: []node{indexOf(absent, box.manifest())}, want: box},
		"by two names":          {nodes: []node{box.manifest().named("v1"), box.manifest().named("v2")}, image: "v2", want: box},
		"an index by two names": {nodes: []node{indexOf(arm.manifest(), box.manifest()).named("v1"), indexOf(arm.manifest(), box.manifest()).named("v2")}, image: "v2", want: box},
		"chosen":                {nodes: []node{box.manifest().named("v1"), other.manifest().named("v2")}, image: "v2", want: other},

		"several":          {nodes: []node{box.manifest().named("v1"), other.manifest().named("v2")}, words: []string{`"v1"`, `"v2"`, "choose"}},
		"several nameless": {nodes: []node{box.manifest(), other.manifest()}, words: []string{"without a name"}},
		"no such name":     {nodes: []node{box.manifest().named("v1")}, image: "v3", words: []string{`"v3"`, `"v1"`}},
		"no such platform": {nodes: []node{indexOf(arm.manifest(), box.manifest())}, platform: "s390x", words: []string{"linux/arm64, linux/amd64", "linux/s390x"}},
		"other platform":   {nodes: []node{arm.manifest()}, words: []string{"linux/arm64", "linux/amd64"}},
		"platform unknown": {nodes: []node{indexOf(arm.manifest(), box.manifest())}, host: template.Traits{Zstd: true}, words: []string{"linux/arm64, linux/amd64", "ask for"}},
		"only artifacts":   {nodes: []node{chart, signature}, words: []string{"no image"}},
		"empty":            {words: []string{"no image"}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.host == (template.Traits{}) {
				test.host = amd64()
			}
			files := layoutOf(test.nodes...)
			for range 3 { // an archive's files can be in any order
				into := host{traits: test.host}
				s := source(tarOf(t, files...))
				s.Image = test.image
				opts := template.InstallOptions{Platform: platform(test.platform)}
				got, err := s.Install(t.Context(), &into, opts)
				if test.words != nil {
					wantError(t, err, dockerhv.ErrInvalid, test.words...)
					into.wantEmpty(t)
				} else if err != nil || got.ID != test.want.id() || got.Reference != test.want.ref() {
					t.Errorf("got %+v, %v; want %s", got, err, test.want.id())
				}
				rand.Shuffle(len(files), func(a, b int) { files[a], files[b] = files[b], files[a] })
			}
		})
	}
}

func platform(arch string) template.Platform {
	if arch == "" {
		return template.Platform{}
	}
	return template.Platform{OS: "linux", Architecture: arch}
}

// TestOCISends tells a store in both languages of one image under our name: the
// digest that its manifest has everywhere is that of the index.
func TestOCISends(t *testing.T) {
	box, arm := on("amd64", "a", "b"), on("arm64", "c")
	content := tarOf(t, layoutOf(indexOf(arm.manifest(), box.manifest()))...)
	for place, s := range places(t, content) {
		t.Run(place, func(t *testing.T) {
			into := host{traits: amd64()}
			if _, err := s.Install(t.Context(), &into, template.InstallOptions{}); err != nil {
				t.Fatal(err)
			}
			sent := into.loads[0]
			var names []string
			for _, h := range sent.headers {
				names = append(names, h.Name)
			}
			if last := names[len(names)-3:]; !slices.Equal(last, []string{"oci-layout", "index.json", "manifest.json"}) {
				t.Errorf("the last entries are %v", last)
			}
			_, tag, _ := strings.Cut(box.ref(), ":")
			want := encode(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": []any{map[string]any{
				"mediaType": mediaManifest, "digest": box.manifest().digest(), "size": len(box.manifest().content),
				"annotations": map[string]string{"io.containerd.image.name": box.ref(), "org.opencontainers.image.ref.name": tag},
			}}})
			if got := string(sent.files["index.json"]); !sameJSON(t, got, want) {
				t.Errorf("index.json is %s, want %s", got, want)
			}
			// What can be looked into is sent without what other platforms need.
			if others := slices.Contains(names, blob("c").name); others == (place == "path") {
				t.Errorf("sent %v", names)
			}
		})
	}
}

// TestOCIBoth takes OCI's word where an archive has both, as docker save writes it
// since version 25, and the names of both.
func TestOCIBoth(t *testing.T) {
	box := on("amd64", "a")
	manifest := file{name: "manifest.json", content: encode([]any{map[string]any{
		"Config": blob(box.config()).name, "RepoTags": []string{"app:1"}, "Layers": []string{blob("a").name},
	}})}
	for _, name := range []string{"", "app:1", "v1"} {
		into := host{traits: amd64()}
		s := source(tarOf(t, append(layoutOf(box.manifest().named("v1")), manifest)...))
		s.Image = name
		got, err := s.Install(t.Context(), &into, template.InstallOptions{})
		if err != nil || got.ID != box.id() || into.loads[0].files["index.json"] == nil {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
}

func TestOCIRefuses(t *testing.T) {
	box := on("amd64", "a", "b")
	change := func(how func(files []file) []file) []byte {
		return tarOf(t, how(layoutOf(box.manifest()))...)
	}
	replace := func(name, old, new string) []byte { //nolint:revive // as strings.Replace has it
		return change(func(files []file) []file {
			for i := range files {
				if files[i].name == name {
					files[i].content = strings.Replace(files[i].content, old, new, 1)
				}
			}
			return files
		})
	}
	without := func(name string) []byte {
		return change(func(files []file) []file {
			return slices.DeleteFunc(files, func(f file) bool { return f.name == name })
		})
	}
	deep := box.manifest()
	for range 6 {
		deep = indexOf(deep)
	}
	confused := box.manifest()
	confused.content = strings.Replace(confused.content, "{", `{"manifests":[],`, 1)
	confused.files[len(confused.files)-1] = blob(confused.content)
	lie := box
	lie.layers = []string{"a", "not b"}
	lying := lie.manifest("a", "b")
	short := box.manifest("a")
	many := strings.Repeat("{},", 5000) + "{}"
	size := fmt.Sprintf(`"size":%d`, len(box.manifest().content))
	for name, test := range map[string]struct {
		content []byte
		class   error
		words   []string
	}{
		"no index":            {without("index.json"), dockerhv.ErrIntegrity, []string{"index.json"}},
		"no manifest":         {without(blob(box.manifest().content).name), dockerhv.ErrIntegrity, []string{box.manifest().digest()}},
		"no config":           {without(blob(box.config()).name), dockerhv.ErrIntegrity, []string{box.id()}},
		"no layer":            {without(blob("b").name), dockerhv.ErrIntegrity, []string{blob("b").name}},
		"wrong blob":          {replace(blob("b").name, "b", "c"), dockerhv.ErrIntegrity, []string{blob("b").name, sumOf([]byte("c"))}},
		"wrong config":        {replace(blob(box.config()).name, "amd64", "arm64"), dockerhv.ErrIntegrity, []string{blob(box.config()).name}},
		"wrong manifest":      {replace(blob(box.manifest().content).name, "2", "3"), dockerhv.ErrIntegrity, []string{blob(box.manifest().content).name}},
		"wrong size":          {replace("index.json", size, `"size":1`), dockerhv.ErrIntegrity, []string{"bytes"}},
		"wrong diffID":        {tarOf(t, layoutOf(lying)...), dockerhv.ErrIntegrity, []string{blob("b").name, sumOf([]byte("not b"))}},
		"too few layers":      {tarOf(t, layoutOf(short)...), dockerhv.ErrIntegrity, []string{"2", "1"}},
		"index not JSON":      {replace("index.json", "{", "<"), dockerhv.ErrIntegrity, []string{"index.json"}},
		"index too long":      {replace("index.json", `"manifests":[`, `"manifests":[`+many+","), dockerhv.ErrInvalid, []string{"more"}},
		"index and manifest":  {tarOf(t, layoutOf(confused)...), dockerhv.ErrIntegrity, []string{"both"}},
		"deeply nested":       {tarOf(t, layoutOf(deep)...), dockerhv.ErrInvalid, []string{"more"}},
		"another algorithm":   {replace("index.json", "sha256:", "sha512:"), nil, []string{"sha512"}},
		"digest outside":      {replace("index.json", "sha256:", "sha256:../../"), nil, []string{"digest"}},
		"another version":     {replace("oci-layout", "1.0.0", "2.0.0"), nil, []string{"2.0.0"}},
		"layout not JSON":     {replace("oci-layout", "{", "<"), dockerhv.ErrIntegrity, []string{"oci-layout"}},
		"blob behind a link":  {change(func(f []file) []file { return append(f, file{name: "blobs/sha256", kind: '2', link: "../x"}) }), dockerhv.ErrInvalid, []string{"blobs/sha256"}},
		"truncated":           {tarOf(t, layoutOf(box.manifest())...)[:2000], dockerhv.ErrIntegrity, nil},
		"config is no config": {tarOf(t, layoutOf(node{mediaType: mediaManifest, content: `{"config":{}}`, files: []file{blob(`{"config":{}}`)}})...), dockerhv.ErrInvalid, []string{"no image"}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.class == nil {
				test.class = errUnsupported
			}
			for place, s := range places(t, test.content) {
				t.Run(place, func(t *testing.T) { refused(t, s, test.class, test.words...) })
			}
		})
	}
}

// TestOCIChanged has a file that is another one when it is read than it was when it
// was looked at: what was not sent is not said to be there.
func TestOCIChanged(t *testing.T) {
	one, two := tarOf(t, layoutOf(on("amd64", "a").manifest())...), tarOf(t, layoutOf(on("amd64", "b").manifest())...)
	path := write(t, "image.tar", one)
	into := changing{change: func() {
		if err := os.WriteFile(path, two, 0o600); err != nil {
			t.Error(err)
		}
	}}
	_, err := tarfile.Source{Path: path}.Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, dockerhv.ErrIntegrity, "changed")
	into.wantEmpty(t)
}

// changing is a store during whose first answer something changes.
type changing struct {
	host
	change func()
}

func (c *changing) Image(ctx context.Context, ref string) (template.Image, error) {
	if c.change != nil {
		c.change()
		c.change = nil
	}
	return c.host.Image(ctx, ref)
}
