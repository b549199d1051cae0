//go:build unix

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/wordcount"
	"github.com/braid-compute/braid/internal/coord/natstest"
)

// TestEveryExampleRunsInFourModes runs all examples in small sizes, each with four slots: in this process, in worker processes, on a cluster that
// "braid up" has started, and on one whose journal is on a NATS server of somebody else's.
func TestEveryExampleRunsInFourModes(t *testing.T) {
	up := func(flags ...string) braid.Options {
		c, path := opened(t)
		out := c.must(path, append([]string{"up", "--name", "t", "--processes", "2", "--slots", "2"}, flags...)...)
		address, _ := strings.CutPrefix(strings.TrimSpace(out), "export BRAID_ADDRESS=")
		return braid.Options{Address: address}
	}
	for _, mode := range []struct {
		name    string
		options func() braid.Options
	}{
		{"in process", func() braid.Options { return braid.Options{Slots: 4} }},
		{"processes", func() braid.Options { return braid.Options{Processes: 2, Slots: 2} }},
		{"up", func() braid.Options { return up() }},
		{"external NATS", func() braid.Options {
			return up("--nats", natstest.Start(t, natstest.Options{Dir: t.TempDir()}), "--journal-limit", "256M")
		}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			client, err := braid.Open(t.Context(), mode.options())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := client.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, x := range append(slices.Clone(demo.Examples), demo.Example{Name: "wordcount", Run: wordcount.Run}) {
				r, err := x.Run(t.Context(), client, examples.Params{Quick: true})
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					t.Errorf("%s: %v", x.Name, err)
				}
			}
		})
	}
}
