package bench

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// The names of cases are part of the format of the output.
func TestTheCasesOfArrayKeepTheirNames(t *testing.T) {
	want := []string{
		"array.integrate2d.seconds", "array.sum_transpose.seconds", "array.sum_transpose_large.seconds", "array.sum_transpose_large.peak_mb",
		"array.sum_transpose_large.processes2.seconds", "array.sum_transpose_large.processes2.peak_mb", "array.mean_std.seconds",
		"array.sum-ready.gbs", "array.mean-ready.gbs", "array.std-ready.gbs", "array.chain-ready.seconds", "array.rechunk-ready.seconds",
		"array.cumsum-ready.seconds", "array.stencil-ready.seconds", "array.tiny.seconds", "array.plan.seconds",
	}
	if noMemoryOf(os.Getpid()) == "" {
		want = slices.Insert(want, 2, "array.sum_transpose.peak_mb")
	}
	var have []string
	for _, c := range arrayCases {
		for _, m := range c.figure(&benchFlags{slots: 2}, c.quick).cases {
			have = append(have, m.name)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}

func TestPeersThatAreMissingAreNamedOnceAndHaveNoValues(t *testing.T) {
	var stderr bytes.Buffer
	e := env{&console.Env{Stderr: &stderr}}
	s := onDask("sum_transpose")
	p, err := e.openPeers(t.Context(), "no-such-python", []peerScript{s, onDask("mean_std")})
	if err != nil {
		t.Fatal(err)
	}
	if said := stderr.String(); strings.Count(said, "\n") != 1 || strings.Count(said, "no-such-python") != 1 || !strings.Contains(said, "--python") {
		t.Errorf("said %q", said)
	}
	f := counted(always)
	f.peer = func(context.Context) peerRuns { return p.run(t.Context(), s, "n=100") }
	results, _, err := benchJSON(t, t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"peer.counted.us", "ratio.counted.us"} {
		if r, ok := results[name]; !ok || r.Value != nil || !strings.Contains(r.Note, "no-such-python") {
			t.Errorf("%s is %+v", name, r)
		}
	}
	if _, err := os.Stat(p.dir); err != nil {
		t.Error(err)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(p.dir); !os.IsNotExist(err) {
		t.Errorf("the folder of the scripts is left: %v", err)
	}
}

func TestAPeerStandsBesideItsCase(t *testing.T) {
	f := counted(always)
	f.peer = func(context.Context) peerRuns { return peerRuns{name: "abacus", cases: [][]float64{{5, 6, 7}}} }
	results, _, err := benchJSON(t, t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if peer, ratio := results["peer.counted.us"], results["ratio.counted.us"]; peer.Value != 6.0 || len(peer.Runs) != 3 || peer.Note != "abacus" || ratio.Value != 0.5 {
		t.Errorf("%+v, %+v", peer, ratio)
	}
	if _, ok := results["peer.counted.twice.us"]; ok {
		t.Error("a case without a peer has one")
	}
	var out bytes.Buffer
	if err := benchTable(&out, []measured{
		{metric: metric{"a.us", "us"}, runs: []float64{1}, peer: &peerRuns{name: "abacus", cases: [][]float64{{4}}}},
		{metric: metric{"b.us", "us"}, runs: []float64{2}},
	}); err != nil {
		t.Fatal(err)
	}
	want := `case  median  from  to    unit  floor  ratio  peer  ratio  of      others  note
a.us  1.00    1.00  1.00  us    -      -      4.00  0.25   abacus  -       
b.us  2.00    2.00  2.00  us    -      -      -     -      -       -       
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}
