package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

func (e *env) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what this program is",
		Long:  "version prints the version, the revision of the source if it is known, the version of Go, and the platform.",
		Args:  console.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			b := describe(info)
			if e.JSON {
				return e.Print("version", b.results())
			}
			_, err := fmt.Fprintln(e.Stdout, b)
			return err
		},
	}
}

// build says from what and with what this program was built.
type build struct {
	version  string // of the module; "devel" if it was built from a working tree
	revision string // of the source; "" if unknown
	modified bool   // the working tree differed from that revision
}

// describe reads the information that the go command leaves in a program; info is nil if it left none.
func describe(info *debug.BuildInfo) build {
	b := build{version: "devel"}
	if info == nil {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		}
	}
	return b
}

// String returns all on one line.
func (b build) String() string {
	s := "braid " + b.version
	if b.revision != "" {
		s += ", revision " + b.revision
	}
	if b.modified {
		s += " (modified)"
	}
	return s + ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}

func (b build) results() []console.Result {
	revision := console.Single("revision", b.revision, "")
	switch {
	case b.revision == "":
		revision = console.None("revision", "", "not known: the program was built without version control")
	case b.modified:
		revision.Note = "modified"
	}
	return []console.Result{
		console.Single("version", b.version, ""),
		revision,
		console.Single("go", runtime.Version(), ""),
		console.Single("platform", runtime.GOOS+"/"+runtime.GOARCH, ""),
	}
}
