//go:build unix

package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/local"
)

// A cluster that ended by itself is not called dead.
func TestHowAClusterThatDoesNotLiveIsCalled(t *testing.T) {
	now := time.Now()
	for state, s := range map[string]sight{
		"ended": {Record: local.Record{Name: "t", Pid: 7, Ended: now.Add(-time.Minute), Why: "no program was attached for 1h"}},
		"dead":  {Record: local.Record{Name: "t", Pid: 7, Seen: now.Add(-time.Minute)}},
	} {
		s.err = errors.New(s.death(now))
		r := s.results()[0]
		if r.Case != "t/state" || r.Value != state || strings.Contains(r.Note, "dead") != (state == "dead") {
			t.Errorf("status: %s: %+v", state, r)
		}
		n := ending{before: s.death(now), inOrder: s.inOrder()}
		if r := n.results("t", nil)[0]; r.Value != state || strings.Contains(n.String(), "dead") != (state == "dead") {
			t.Errorf("down: %s: %+v, %s", state, r, n)
		}
	}
}
