package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// Reports of what no client wants wait for others while the agent has more to do: a moment, and longer if so many come that the tasks
// are short.
func TestReportsWaitForOthers(t *testing.T) {
	for _, tc := range []struct {
		tasks int
		wait  time.Duration
	}{{1, patience}, {someReports - 1, patience}, {someReports, patience + longer}, {manyReports, 0}} {
		synctest.Test(t, func(t *testing.T) {
			end := make(chan struct{})
			s := begin(t, map[string]*exec.Op{
				"short": constant(1, nil),
				"long":  {Call: func(context.Context, []any) (any, error) { <-end; return nil, nil }},
			})
			calls := make([]string, tc.tasks, tc.tasks+6)
			for k := range calls {
				calls[k] = "short"
			}
			w := s.assign(0, nil, append(calls, "long", "long", "long", "long", "long", "long")...)
			w.AllWanted = false
			start := time.Now()
			s.say(s.scheduler, w)
			for n := tc.tasks; n > 0; {
				n -= len(hear[*word.Done](s, s.scheduler).Tasks)
			}
			if took := time.Since(start); took != tc.wait {
				t.Errorf("%d tasks were reported after %v, want %v", tc.tasks, took, tc.wait)
			}
			close(end)
			if err := s.end(); err != nil {
				t.Error(err)
			}
		})
	}
}
