package tarfile_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/tarfile"
)

// refused installs content and wants an error of a class, and nothing left.
func refused(t *testing.T, s tarfile.Source, class error, words ...string) {
	t.Helper()
	var into host
	_, err := s.Install(t.Context(), &into, template.InstallOptions{})
	wantError(t, err, class, words...)
	into.wantEmpty(t)
}

// TestRefusesEntry adds one entry to an honest archive.
func TestRefusesEntry(t *testing.T) {
	b := busybox()
	link := func(name, to string) []file { return []file{{name: name, kind: tar.TypeSymlink, link: to}} }
	hard := func(name, to string) []file { return []file{{name: name, kind: tar.TypeLink, link: to}} }
	for name, files := range map[string][]file{
		"absolute":             {{name: "/etc/passwd"}},
		"above":                {{name: "../x"}},
		"above inside":         {{name: "a/../../x"}},
		"dots inside":          {{name: "a/../x"}},
		"only dots":            {{name: "..", kind: tar.TypeDir}},
		"backslash":            {{name: `..\x`}},
		"control":              {{name: "a\nb"}},
		"long":                 {{name: strings.Repeat("a/", 4) + strings.Repeat("x", 255)}},
		"deep":                 {{name: strings.Repeat("a/", 9) + "x"}},
		"device":               {{name: "sda", kind: tar.TypeBlock}},
		"terminal":             {{name: "tty", kind: tar.TypeChar}},
		"pipe":                 {{name: "pipe", kind: tar.TypeFifo}},
		"root as a file":       {{name: "."}},
		"absolute link":        link("l", "/etc/passwd"),
		"link above":           link("l", "../x"),
		"link above inside":    link("a/l", "../../x"),
		"link over a link":     link("a/b/l", "../x/.."),
		"link to nothing":      link("l", "."),
		"link to above":        link("l", ".."),
		"link with backslash":  link("l", `a\b`),
		"absolute hard link":   hard("l", "/etc/passwd"),
		"hard link above":      hard("l", "../x"),
		"hard link above, too": hard("a/l", "../x"),
		"below a link":         append(link("l", "d"), file{name: "l/index.json", content: "{}"}),
		"below a file":         {{name: "f"}, {name: "f/x"}},
		"twice":                {{name: "f"}, {name: "./f"}},
		"over a file":          append([]file{{name: "f"}}, link("f", "x")...),
		"over a directory":     append([]file{{name: "d/f"}}, link("d", "x")...),
		"over the config":      {{name: b.configName(), content: "{}"}},
		"over a layer":         {{name: b.layerNames()[0], content: "evil"}},
		"two manifests":        {manifestOf(b)},
		"manifest as a link":   link("manifest.json", "x"),
		"layout as a link":     hard("oci-layout", "x"),
		"index as a directory": {{name: "index.json", kind: tar.TypeDir}},
	} {
		t.Run(name, func(t *testing.T) {
			last := files[len(files)-1].name
			refused(t, source(busyboxArchive(t, files...)), dockerhv.ErrInvalid, quoted(last))
		})
	}
}

// quoted is the beginning of how an error shows a name.
func quoted(name string) string {
	if len(name) > 100 {
		name = name[:100]
	}
	return strings.TrimSuffix(strconv.Quote(name), `"`)
}

func TestRefusesManifest(t *testing.T) {
	b := busybox()
	bad := func(config string, layers ...string) string {
		return encode([]any{map[string]any{"Config": config, "Layers": layers}})
	}
	for name, test := range map[string]struct {
		content string
		class   error
		words   []string
	}{
		"empty":            {"", dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"not JSON":         {"text", dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"no list":          {"{}", dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"null":             {"null", dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"cut":              {`[{"Config":"x"}`, dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"of numbers":       {"[1]", dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"no image":         {"[]", dockerhv.ErrInvalid, []string{"no image"}},
		"no config":        {bad(""), dockerhv.ErrIntegrity, nil},
		"absent config":    {bad("other.json"), dockerhv.ErrIntegrity, []string{"other.json"}},
		"config outside":   {bad("../../etc/passwd"), dockerhv.ErrIntegrity, []string{"passwd"}},
		"layer as config":  {bad(b.layerNames()[0]), dockerhv.ErrIntegrity, []string{b.layerNames()[0]}},
		"itself as config": {bad("manifest.json"), dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"absent layer":     {bad(b.configName(), b.layerNames()[0], "gone/layer.tar"), dockerhv.ErrIntegrity, []string{"gone/layer.tar"}},
		"too few layers":   {bad(b.configName(), b.layerNames()[0]), dockerhv.ErrIntegrity, []string{"2", "1"}},
		"directory":        {bad(b.configName(), b.layerNames()[0], "directory"), dockerhv.ErrIntegrity, []string{"directory"}},
		"dead link":        {bad(b.configName(), b.layerNames()[0], "dead"), dockerhv.ErrIntegrity, []string{"dead"}},
		"circular link":    {bad(b.configName(), b.layerNames()[0], "circle"), dockerhv.ErrIntegrity, []string{"circle"}},
		"too large":        {"[" + strings.Repeat(" ", 3<<20) + "]", dockerhv.ErrInvalid, []string{"manifest.json"}},
		"too many layers":  {`[{"Layers":[` + strings.Repeat(`"",`, 5000) + `""]}]`, dockerhv.ErrInvalid, []string{"layers"}},
		"layers of what":   {`[{"Layers":{}}]`, dockerhv.ErrIntegrity, []string{"manifest.json"}},
		"too many":         {"[" + strings.Repeat("{},", 5000) + "{}]", dockerhv.ErrInvalid, []string{"images"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := append(b.files(),
				file{name: "directory", kind: tar.TypeDir},
				file{name: "dead", kind: tar.TypeSymlink, link: "nowhere"},
				file{name: "circle", kind: tar.TypeSymlink, link: "circle"},
				file{name: "manifest.json", content: test.content})
			refused(t, source(tarOf(t, files...)), test.class, test.words...)
		})
	}
}

func TestRefusesKind(t *testing.T) {
	b := busybox()
	none := errors.ErrUnsupported
	for name, test := range map[string]struct {
		content []byte
		class   error
		words   []string
	}{
		"empty":       {nil, dockerhv.ErrInvalid, []string{"empty"}},
		"short text":  {[]byte("hi"), dockerhv.ErrIntegrity, []string{"truncated"}},
		"text":        {bytes.Repeat([]byte("text"), 1000), dockerhv.ErrInvalid, []string{"not a tar archive"}},
		"zeros":       {make([]byte, 10240), dockerhv.ErrInvalid, []string{"manifest.json"}},
		"web page":    {[]byte("<!DOCTYPE html>"), none, []string{"web page"}},
		"zip":         {[]byte("PK\x03\x04..."), none, []string{"zip"}},
		"lz4":         {[]byte("\x04\x22\x4d\x18..."), none, []string{"lz4", "zstd"}},
		"qcow2":       {[]byte("QFI\xfb\x00\x00\x00\x03"), none, []string{"qcow2"}},
		"gzip twice":  {gzipped(t, gzipped(t, busyboxArchive(t))), dockerhv.ErrInvalid, []string{"compressed twice"}},
		"gzip header": {[]byte("\x1f\x8b\x08"), dockerhv.ErrIntegrity, []string{"truncated"}},
		"bad gzip":    {[]byte("\x1f\x8b\x01............"), dockerhv.ErrIntegrity, []string{"corrupt"}},
		"bad bzip2":   {[]byte("BZh9............"), dockerhv.ErrIntegrity, []string{"corrupt"}},
		"bad xz":      {[]byte("\xfd7zXZ\x00............"), dockerhv.ErrIntegrity, []string{"corrupt"}},
		"bad zstd":    {[]byte("\x28\xb5\x2f\xfd............"), dockerhv.ErrIntegrity, nil},
		"no manifest": {tarOf(t, b.files()...), dockerhv.ErrInvalid, []string{"manifest.json"}},
		"legacy":      {tarOf(t, file{name: "repositories", content: "{}"}), none, []string{"1.10"}},
		"half a system": {tarOf(t, file{name: "bin", kind: tar.TypeSymlink, link: "usr/bin"},
			file{name: "dev/null", kind: tar.TypeChar}), dockerhv.ErrInvalid, []string{"root file system", "say that its layout is rootfs"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, source(test.content), test.class, test.words...)
		})
	}
}

func TestRefusesBombs(t *testing.T) {
	b := busybox()
	zeros := bytes.Repeat(gzipped(t, make([]byte, 1<<20)), 80) // many streams are one
	honest := busyboxArchive(t)
	bomb := slices.Concat(gzipped(t, header("zeros", 80<<20)), zeros, gzipped(t, honest))
	for name, test := range map[string]struct {
		content []byte
		limits  tarfile.Limits
		words   []string
	}{
		"ratio":         {bomb, tarfile.Limits{}, []string{`"zeros"`, "100 times"}},
		"bytes":         {bomb, tarfile.Limits{Ratio: 10000, Bytes: 70 << 20}, []string{`"zeros"`, "bytes"}},
		"bytes in all":  {honest, tarfile.Limits{Bytes: 2000}, []string{"2000 bytes"}},
		"behind it all": {append(gzipped(t, honest), zeros...), tarfile.Limits{}, []string{"100 times"}},
		"entries":       {busyboxArchive(t, file{name: "last"}), tarfile.Limits{Entries: len(b.files())}, []string{`"last"`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(test.content)
			s.Limits = test.limits
			refused(t, s, dockerhv.ErrInvalid, test.words...)
		})
	}
	t.Run("allowed", func(t *testing.T) {
		s := source(bomb)
		s.Limits = tarfile.Limits{Ratio: 2000}
		if _, err := s.Install(t.Context(), &host{}, template.InstallOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusesSize has a header that promises more than can be, so that nothing is
// read of it.
func TestRefusesSize(t *testing.T) {
	refused(t, source(header("huge", 1<<60)), dockerhv.ErrInvalid, `"huge"`)
	small := tarOf(t, file{name: "small", content: "x"})
	most := append(small[:1024:1024], header("most", math.MaxInt64)...)
	refused(t, source(most), dockerhv.ErrInvalid, `"most"`)
}

// header is that of a file, without the file.
func header(name string, size int64) []byte {
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: name, Size: size, Format: tar.FormatGNU}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestRefusesWindow(t *testing.T) {
	// A window of 128 MiB, as `zstd --ultra -22` and `xz` can be told to use, and
	// which the archive says at its beginning.
	large := through(t, busyboxArchive(t, file{name: "large", content: strings.Repeat("large", 1<<20)}), func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithWindowSize(128<<20), zstd.WithSingleSegment(false))
	})
	refused(t, source(large), dockerhv.ErrInvalid, "window")
}

func TestRefusesSparse(t *testing.T) {
	// archive/tar does not write sparse files: this is the header that GNU tar does.
	records := "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n24 GNU.sparse.name=hole\n30 GNU.sparse.realsize=100000\n"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "x", Size: int64(len(records)), Format: tar.FormatUSTAR})
	_, _ = io.WriteString(w, records)
	_ = w.Flush()
	content := b.Bytes()
	content[156] = tar.TypeXHeader
	checksum(content[:512])
	rest := tarOf(t, file{name: "GNUSparseFile.0/hole", content: "1\n0\n1\n" + strings.Repeat("\x00", 506) + "a"})
	refused(t, source(append(content, rest...)), dockerhv.ErrInvalid, `"hole"`)
}

// checksum mends a tar header's checksum.
func checksum(header []byte) {
	field := header[148:156]
	copy(field, "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(field, fmt.Sprintf("%06o\x00 ", sum))
}

func TestRefusesGzipTrailer(t *testing.T) {
	content := gzipped(t, busyboxArchive(t))
	content[len(content)-5] ^= 1 // of the CRC, which is after all that the tar reader reads
	refused(t, source(content), dockerhv.ErrIntegrity, "corrupt")
}

// TestRefusesLaterStream reads a compressed file to the end of its last stream.
func TestRefusesLaterStream(t *testing.T) {
	for name, first := range map[string][]byte{
		"gzip": gzipped(t, busyboxArchive(t)), "zstd": zstdOf(t, busyboxArchive(t)),
		"bzip2": read(t, "testdata/busybox.tar.bz2"), "xz": read(t, "testdata/busybox.tar.xz"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := source(slices.Concat(first, first)).Install(t.Context(), new(host), template.InstallOptions{}); err != nil {
				t.Errorf("two streams: %v", err)
			}
			second := bytes.Clone(first)
			second[len(second)/2] ^= 0x10
			refused(t, source(slices.Concat(first, second)), dockerhv.ErrIntegrity)
		})
	}
}
