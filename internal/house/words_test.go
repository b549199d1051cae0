package house

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"testing"
)

// A ban is a pattern no text of the repository may hold. Some patterns are
// written with one-letter classes so that they do not find themselves.
type ban struct {
	pattern *regexp.Regexp
	what    string // what was found
	remedy  string
}

var bans = []ban{
	{
		regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b`),
		"a left-over mark",
		"Do it now, or open an issue and remove the mark",
	},
	{
		regexp.MustCompile(`(^|[\s"'=(:@` + "`" + `])([/]home/|[/]Users/|[/]root/|[/]work/|[/]tmp/[A-Za-z]|[A-Za-z]:\\Users\\)`),
		"a path of somebody's machine",
		"Use a path relative to the repository, t.TempDir or os.MkdirTemp",
	},
	{
		regexp.MustCompile(`(https?://(proxy|sum|deb|registry|files|pypi|index|crates)\.[a-z.]+|proxy[.]golang|registry[.]npm|files[.]pythonhosted)`),
		"the host of a package registry",
		"Name the package and its version; where it is fetched from is each machine's own setting",
	},
	{
		regexp.MustCompile(`^(<{7}|>{7}|\|{7}) `),
		"a mark of an unfinished merge",
		"Finish the merge",
	},
}

// wordy lists files a ban does not hold for, each with its reason.
var wordy = map[string]string{}

// checkWords looks for every ban in every line.
func checkWords(t text) (complaints []string) {
	if !t.isText() || wordy[t.path] != "" || path.Base(t.path) == "go.sum" || path.Ext(t.path) == ".svg" {
		return nil
	}
	for i, line := range bytes.Split(t.data, []byte("\n")) {
		for _, b := range bans {
			if m := b.pattern.Find(line); m != nil {
				complaints = append(complaints, fmt.Sprintf("%s:%d: %s: %q. %s; a true exception goes into wordy in internal/house/words_test.go", t.path, i+1, b.what, bytes.TrimSpace(m), b.remedy))
			}
		}
	}
	return complaints
}

func TestNoTextHoldsWhatBelongsElsewhere(t *testing.T) {
	var complaints []string
	for _, f := range repo(t).texts {
		complaints = append(complaints, checkWords(f)...)
	}
	report(t, complaints)
}

func TestTheBansCatch(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		words []string
	}{
		"plain text":           {"todo lists, /dev/null, ./homework/, $TMPDIR/x, the proxy, https://go.dev\n", nil},
		"a mark":               {"one\n// TO" + "DO: later\n", []string{"a.md:2", "left-over"}},
		"a home":               {"cd " + "/" + "home/ada/src\n", []string{"a.md:1", "/ho" + "me/"}},
		"a temporary file":     {`open("/` + `tmp/x")`, []string{"t.TempDir"}},
		"a file of Windows":    {`"C:\` + `Users\ada"`, []string{"Users"}},
		"a registry":           {"see https://" + "registry.example.org/x\n", []string{"registry"}},
		"half a merge":         {"a\n<<<" + "<<<< ours\n", []string{"a.md:2", "merge"}},
		"binary data":          {"\x00 /" + "home/x TO" + "DO\n", nil},
		"a path inside a path": {"https://example.org/" + "home/x\n", nil},
	} {
		wantComplaint(t, name, checkWords(text{"a.md", []byte(c.text)}), c.words...)
	}
}
