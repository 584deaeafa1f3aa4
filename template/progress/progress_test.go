package progress_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// TestNewFile: what is no terminal gets lines.
func TestNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := progress.New(f)
	r.Report(template.Progress{Item: "app", Phase: template.Resolving})
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	got, err := os.ReadFile(path)
	if want := "app: resolving\n"; err != nil || string(got) != want {
		t.Errorf("the file has %q, %v, want %q", got, err, want)
	}
	if _, err := f.WriteString("still open"); err != nil {
		t.Errorf("Close closed the file: %v", err)
	}
}
