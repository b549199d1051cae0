//go:build unix

package mapcmd

import (
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/command/batch"
)

func TestTheVerdictNamesTheUsualMistakes(t *testing.T) {
	counts := func(ran int64, busy, cpu time.Duration) batch.Summary {
		return batch.Summary{Counts: batch.Counts{Total: ran, Done: ran, Busy: busy, CPU: cpu}, Wall: 100 * time.Second}
	}
	threaded := counts(20, 400*time.Second, 390*time.Second)
	threaded.Threads = 4
	for name, c := range map[string]struct {
		v    mapVerdict
		want string
	}{
		"serial":          {mapVerdict{Summary: counts(20, 99*time.Second, 95*time.Second), slots: 1, cores: 4}, "the run was serial"},
		"too few slots":   {mapVerdict{Summary: counts(20, 198*time.Second, 190*time.Second), slots: 2, cores: 4}, "left cores idle: there are 4"},
		"threads":         {mapVerdict{Summary: threaded, slots: 4, cores: 4}, "OMP_NUM_THREADS=1"},
		"too few tasks":   {mapVerdict{Summary: counts(2, 198*time.Second, 190*time.Second), slots: 4, cores: 4}, "2 tasks cannot keep 4 cores busy"},
		"one long task":   {mapVerdict{Summary: counts(20, 150*time.Second, 140*time.Second), slots: 4, cores: 4}, "begin with the longest"},
		"waiting":         {mapVerdict{Summary: counts(20, 390*time.Second, 20*time.Second), slots: 4, cores: 4}, "they waited more than they computed"},
		"too short":       {mapVerdict{Summary: counts(100_000, 199*time.Second, 20*time.Second), slots: 2, cores: 2}, "a task took 2.0 ms"},
		"nothing wrong":   {mapVerdict{Summary: counts(20, 390*time.Second, 380*time.Second), slots: 4, cores: 4}, ""},
		"over before":     {mapVerdict{Summary: batch.Summary{Counts: batch.Counts{Total: 9, Done: 9}, Wall: time.Second}, slots: 1, cores: 4}, ""},
		"more than it is": {mapVerdict{Summary: counts(20, 799*time.Second, 20*time.Second), slots: 8, cores: 4}, ""},
	} {
		got := c.v.advice(c.v.Total)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
