package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestEditsCountsTypingMistakes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "ab", 2}, {"demo", "demo", 0}, {"dmo", "demo", 1}, {"demmo", "demo", 1}, {"dome", "demo", 2},
		{"deom", "demo", 1}, {"kitten", "sitting", 3}, {"naïve", "naive", 1}, {"ca", "abc", 3},
	} {
		if have, back := edits(c.a, c.b), edits(c.b, c.a); have != c.want || back != c.want {
			t.Errorf("%q and %q: %d, and %d turned round; want %d", c.a, c.b, have, back, c.want)
		}
	}
}

func TestNearestFindsMistakesAndNoOtherWords(t *testing.T) {
	names := []string{"cores", "demo", "version"}
	for name, want := range map[string]string{
		"core": "cores", "Demo": "demo", "dmeo": "demo", "verison": "version", "versions": "version", "x": "", "": "", "scatter": "",
	} {
		if have := nearest(name, names); have != want {
			t.Errorf("%q: %q, want %q", name, have, want)
		}
	}
}

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
