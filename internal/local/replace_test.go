//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

var errNoProcess = errors.New("resource temporarily unavailable")

// TestAWorkerThatCannotBeReplacedIsTriedAgain: in growing intervals, until the cluster ends.
func TestAWorkerThatCannotBeReplacedIsTriedAgain(t *testing.T) {
	for name, end := range map[string]func(c *Cluster){
		"closed": func(c *Cluster) { close(c.over) },
		"by the group": func(c *Cluster) {
			c.add = func(context.Context) (*launch.Process, error) { return nil, launch.ErrClosed }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said []string
				var at []time.Duration
				start := time.Now()
				c := &Cluster{over: make(chan struct{}), o: Options{Log: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }}}
				c.add = func(context.Context) (*launch.Process, error) {
					if at = append(at, time.Since(start)); len(at) == 12 {
						end(c)
					}
					return nil, errNoProcess
				}
				c.replace()
				tenths := []time.Duration{0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111}
				for k := range tenths {
					tenths[k] *= 100 * time.Millisecond
				}
				if !slices.Equal(at, tenths) {
					t.Errorf("it was tried after %v, want %v", at, tenths)
				}
				if len(said) != 12 || said[1] != "no worker could be started in place of one that ended, which is tried again in 200ms: "+errNoProcess.Error() {
					t.Errorf("it said %q", said)
				}
				if c.missing != 1 {
					t.Errorf("%d workers are missing", c.missing)
				}
			})
		})
	}
}

// TestAReplacementThatComesLater: the cluster's record says meanwhile what is wrong, and then that nothing is.
func TestAReplacementThatComesLater(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	var mu sync.Mutex
	var said []string
	c, err := Start(t.Context(), Options{Processes: 1, Slots: 1, Name: "x", Log: func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, fmt.Sprintf(format, args...))
	}})
	if err != nil {
		t.Fatal(err)
	}
	end := sync.OnceValue(c.Close)
	defer func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	}()
	there := func(n int) {
		t.Helper()
		for {
			have, changed := c.Agents()
			if have == n {
				return
			}
			<-changed
		}
	}
	there(1)
	tries, troubles := 0, make(chan string, 3)
	c.mu.Lock()
	add := c.add
	c.add = func(ctx context.Context) (*launch.Process, error) {
		r, err := Find("x")
		if err != nil {
			return nil, err
		}
		troubles <- r.Trouble
		if tries++; tries < 3 {
			return nil, errNoProcess
		}
		return add(ctx)
	}
	c.mu.Unlock()
	if err := syscall.Kill(c.Processes()[0].Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	there(0)
	there(1)
	if first, second := <-troubles, <-troubles; first != "" || second != "1 of the workers that ended could not be replaced so far, which is tried again: "+errNoProcess.Error() {
		t.Errorf("its trouble was %q, then %q", first, second)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if text := strings.Join(said, "\n"); !strings.Contains(text, "a worker was started in place of one that ended") {
		t.Errorf("it said %q", said)
	}
}
