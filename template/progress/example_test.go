package progress_test

import (
	"fmt"
	"os"

	"github.com/dockerhv/dockerhv/template"
	"github.com/dockerhv/dockerhv/template/progress"
)

// On a terminal New draws bars; the output of this example is none.
func ExampleNew() {
	bars := progress.New(os.Stdout)
	report := bars.Report // the InstallOptions.Progress of an installation
	report(template.Progress{Item: "nginx:1.27", Phase: template.Downloading, Current: 15_600_000, Total: 31_200_000, Unit: template.Bytes})
	report(template.Progress{Item: "nginx:1.27", Phase: template.Extracting})
	if err := bars.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// nginx:1.27: downloading 50% (15.6MB of 31.2MB)
	// nginx:1.27: extracting
}
