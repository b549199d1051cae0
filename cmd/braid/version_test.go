package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionTellsReleasesFromWorkingTrees(t *testing.T) {
	info := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	revision, modified := debug.BuildSetting{Key: "vcs.revision", Value: "abc"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	tail := ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
		note string // of the revision
	}{
		{nil, "braid devel", "not known: the program was built without version control"},
		{info(""), "braid devel", "not known: the program was built without version control"},
		{info("(devel)", revision), "braid devel, revision abc", ""},
		{info("v1.2.3", revision, debug.BuildSetting{Key: "vcs.modified", Value: "false"}), "braid v1.2.3, revision abc", ""},
		{info("v1.2.3", revision, modified), "braid v1.2.3, revision abc (modified)", "modified"},
	} {
		b := describe(c.info)
		if have := b.String(); have != c.want+tail {
			t.Errorf("have %q, want %q", have, c.want+tail)
		}
		if have := b.results()[1].Note; have != c.note {
			t.Errorf("%s: note of the revision is %q, want %q", c.want, have, c.note)
		}
	}
}
