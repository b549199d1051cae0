package hardware

import (
	"bytes"
	"io"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/par"
)

// call runs one of the commands in this process.
func call(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	c := &console.Env{Args: args, Stdout: &out, Stderr: io.Discard}
	err = consoletest.Run(t.Context(), c, Commands(c)...)
	return out.String(), err
}

func TestCoresAsJSONHasTheNumberFirstAndThenEverySource(t *testing.T) {
	out, err := call(t, "cores", "--json")
	if err != nil {
		t.Fatal(err)
	}
	d, cores := consoletest.Decode(t, out), par.Cores()
	if len(d.Results) != 1+len(cores.Considered) {
		t.Fatalf("%d results of %d sources", len(d.Results), len(cores.Considered))
	}
	if first := d.Results[0]; first.Case != "cores" || first.Value != float64(cores.N) || first.Note != cores.Source {
		t.Errorf("first result is %+v, want %v", first, cores)
	}
	for i, s := range cores.Considered {
		r := d.Results[i+1]
		if r.Case != "cores/"+s.Name || (s.Cores == 0) != (r.Value == nil) || s.Cores != 0 && r.Value != float64(s.Cores) {
			t.Errorf("source %+v is %+v", s, r)
		}
	}
}
