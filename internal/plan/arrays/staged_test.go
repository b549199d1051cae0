package arrays

import (
	"testing"

	"github.com/braid-compute/braid/internal/plan"
)

func TestStagesAreLeftOutWhereThereIsMemory(t *testing.T) {
	rows, columns := Grid{Even(64, 8), Even(64, 64)}, Grid{Even(64, 64), Even(64, 8)}
	made := Scan("CumSum", 0, 1, false, Positions("Arange", 0, []int64{64, 1}, rows))
	pieces := Grid{Even(64, 8), Even(64, 8)}
	n := Regrid("Rechunk", 0, columns, Stage("Rechunk", 0, pieces, made))
	bytes := n.Bytes()
	for name, k := range map[string]struct {
		w    plan.TaskWriter
		want int
	}{
		"nothing is known":          {plan.TaskWriter{}, 8 + 64 + 8},
		"little memory":             {plan.TaskWriter{Memory: 4*bytes - 1}, 8 + 64 + 8},
		"memory":                    {plan.TaskWriter{Memory: 4 * bytes}, 8 + 8},
		"memory in other processes": {plan.TaskWriter{Memory: 4 * bytes, Remote: true}, 8 + 64 + 8},
	} {
		if got, err := countTasks(&k.w, n); err != nil || got != k.want {
			t.Errorf("%s: %d tasks, want %d (%v)", name, got, k.want, err)
		}
	}
	unfused := n.Unfused()
	if got, err := countTasks(&plan.TaskWriter{Memory: 4 * bytes}, unfused); err != nil || got < 8+64+8 {
		t.Errorf("unfused: %d tasks (%v)", got, err)
	}
}
