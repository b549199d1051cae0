package braid_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

// crew tells the others of its gang its process, and, in the folder of its argument, waits with them until there is a file
// named go.
var crew = braid.Func("gang/crew", func(ctx context.Context, dir string) (string, error) {
	pids, err := braid.Meet(ctx, fmt.Append(nil, os.Getpid()))
	if err != nil {
		return "", err
	}
	rank, _ := braid.Rank(ctx)
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("began-%d-%d", rank, os.Getpid())), nil, 0o600); err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go")); err == nil {
			return fmt.Sprintf("%s", pids), nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
})

func TestAGangOfWorkerProcessesSurvivesTheEndOfOne(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 2})
	dir := t.TempDir()
	fs := crew.Gang(t.Context(), c, []string{dir, dir, dir, dir})
	pids := startedIn(t, dir, 4)
	slices.Sort(pids)
	if pids = slices.Compact(pids); len(pids) != 2 {
		t.Fatalf("four calls on two processes of two slots run in %v", pids)
	}
	if err := kill(c.Pids()[1]); err != nil {
		t.Fatal(err)
	}
	startedIn(t, dir, 6) // all of them again, at least two in a new process
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := fs.Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got {
		met := strings.Fields(strings.Trim(s, "[]"))
		slices.Sort(met)
		if s != got[0] || len(met) != 4 || len(slices.Compact(met)) != 2 || slices.Contains(met, fmt.Sprint(os.Getpid())) {
			t.Errorf("the calls met as %q", got)
		}
	}
}
