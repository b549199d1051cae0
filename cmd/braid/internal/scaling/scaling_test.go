package scaling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
	"github.com/braid-compute/braid/internal/scaling"
	"github.com/braid-compute/braid/par"
)

func TestCountsDoubleUpToAllThatAreUsable(t *testing.T) {
	for usable, want := range map[int]string{1: "[1]", 2: "[1 2]", 6: "[1 2 4 6]", 16: "[1 2 4 8 16]"} {
		if have := fmt.Sprint(defaultCounts(usable)); have != want {
			t.Errorf("of %d: %s, want %s", usable, have, want)
		}
	}
}

func FuzzCounts(f *testing.F) {
	for _, seed := range []string{"1,2,4", "", "0", "1000000", "-1", "2,1,2", "1,,2", " 8 , 3", "99999999999999999999", "1-4", "+2", "０"} {
		f.Add(seed, 4, false)
		f.Add(seed, 4, true)
	}
	f.Fuzz(func(t *testing.T, list string, usable int, force bool) {
		counts, err := parseCounts(list, par.Allowance{N: usable, Source: "test"}, force)
		if err != nil {
			if code := console.ExitCode(err); code != console.ExitUsage || len(counts) > 0 {
				t.Fatalf("%q: %v, %v", list, counts, err)
			}
			return
		}
		before := 0
		for _, n := range counts {
			if n <= before || n > mostCores || n > usable && !force {
				t.Fatalf("%q of %d: %v", list, usable, counts)
			}
			before = n
		}
		if before == 0 {
			t.Fatalf("%q: no counts", list)
		}
	})
}

func TestTheTimeOfAnExampleIsThatWithTheClient(t *testing.T) {
	var stdout bytes.Buffer
	c := &console.Env{Args: []string{"demo", "--quick", "--only", "squares", "--json"}, Stdout: &stdout, Stderr: io.Discard}
	if err := consoletest.Run(t.Context(), c, demo.Command(c, demo.Examples)); err != nil {
		t.Fatal(err)
	}
	out := stdout.String()
	var want any
	for _, r := range consoletest.Decode(t, out).Results {
		if r.Case == "squares/parallel" {
			want = r.Value
		}
	}
	if have, err := parallelSeconds([]byte(out), "squares"); err != nil || have != want {
		t.Errorf("%v, %v, want %v", have, err, want)
	}
	empty, _ := json.Marshal(console.Document{Results: []console.Result{console.None("squares/parallel", "s", ""), console.Single("squares/parallel", 0.0, "s")}})
	for _, text := range []string{"", "{", string(empty)} {
		if have, err := parallelSeconds([]byte(text), "squares"); err == nil {
			t.Errorf("%q: %v", text, have)
		}
	}
}

func TestThePlotAppearsOnlyWhenItIsComplete(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "plot.png")
	if err := os.WriteFile(name, []byte("earlier"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		verdict scaling.Verdict
		begins  string
		fails   bool
	}{
		{scaling.Verdict{}, "earlier", true},
		{scaling.Judge([]scaling.Row{{Cores: 1, Samples: []scaling.Sample{{Seconds: 1}}}}), "\x89PNG", false},
	} {
		p, err := newPicture(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.save(c.verdict, "title"); (err != nil) != c.fails {
			t.Errorf("saved with %v", err)
		}
		p.discard()
		data, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(data), c.begins) {
			t.Errorf("the file has %.10q, %v", data, err)
		}
		if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
			t.Errorf("files %v, %v", files, err)
		}
	}
}
