package programs

import (
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestMain(m *testing.M) { braid.TestMain(m) }

func TestProgramsOfAllLanguagesAgree(t *testing.T) {
	for name, o := range map[string]braid.Options{"in process": {Slots: 2}, "processes": {Processes: 2, Slots: 1}} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			c, err := braid.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r, err := Run(t.Context(), c, examples.Params{Quick: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			want := 2 // what was computed by Go, without and with a client
			for _, program := range []string{"cc", "gfortran", "python3", "julia"} {
				if _, err := exec.LookPath(program); err == nil {
					want++
				} else {
					t.Logf("%s is not installed, so its part is left out", program)
				}
			}
			if len(r.Checks) != want || r.Tasks != (want-1)*strips {
				t.Errorf("%d tasks gave %v; notes: %q", r.Tasks, r.Checks, r.Notes)
			}
			t.Log(r.Notes)
		})
	}
}
