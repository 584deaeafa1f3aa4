package template_test

import (
	"errors"
	"testing"

	"github.com/dockerhv/dockerhv"
	"github.com/dockerhv/dockerhv/template"
)

func TestChecksumError(t *testing.T) {
	err := error(&template.ChecksumError{Want: template.Checksum{Hex: "aa"}, Got: template.Checksum{Hex: "bb"}})
	if got, want := err.Error(), "the checksum is sha256:bb, not sha256:aa"; got != want {
		t.Errorf("Error = %q, want %q", got, want)
	}
	if !errors.Is(err, dockerhv.ErrIntegrity) {
		t.Errorf("%v is not ErrIntegrity", err)
	}
}

func TestBuildError(t *testing.T) {
	tests := []struct {
		name string
		err  template.BuildError
		want string
	}{
		{"only a reason", template.BuildError{File: "Dockerfile", Reason: "no such frontend"}, "Dockerfile: no such frontend"},
		{"a line", template.BuildError{File: "Dockerfile", Line: 2, Reason: "unknown instruction: FORM"}, "Dockerfile:2: unknown instruction: FORM"},
		{
			"an instruction",
			template.BuildError{File: "Dockerfile", Line: 1, Source: "FROM nope", Reason: "not found"},
			"Dockerfile:1: FROM nope: not found",
		},
		{
			"an exit code",
			template.BuildError{File: "Dockerfile", Line: 3, Source: "RUN make", ExitCode: 2, Reason: "process failed"},
			"Dockerfile:3: RUN make: exit code 2",
		},
		{
			"output",
			template.BuildError{File: "Dockerfile", Line: 3, Source: "RUN make", ExitCode: 2, Output: []string{"cc x.c", "no x.c"}},
			"Dockerfile:3: RUN make: exit code 2: no x.c",
		},
		{
			"many lines",
			template.BuildError{File: "Dockerfile", Source: "RUN a \\\n  && b", ExitCode: 1, Output: []string{"10%\r20%\n"}},
			`Dockerfile: RUN a \ && b: exit code 1: 10% 20%`,
		},
		{"a reason of many lines", template.BuildError{File: "Dockerfile", Reason: "one\ntwo"}, "Dockerfile: one two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("Error = %q, want %q", got, tt.want)
			}
		})
	}
	for _, class := range []error{dockerhv.ErrInvalid, dockerhv.ErrFailed, dockerhv.ErrUnavailable} {
		if err := (&template.BuildError{Class: class}); !errors.Is(err, class) {
			t.Errorf("the class %v is not found", class)
		}
	}
}
