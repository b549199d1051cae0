// Package consoletest runs commands in the process of a test, and reads the documents that they print.
package consoletest

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/machine"
)

// Run runs the command that the arguments name, one of these, with the flag --json that all commands have.
func Run(ctx context.Context, c *console.Env, commands ...*cobra.Command) error {
	root := &cobra.Command{Use: "braid", SilenceErrors: true, SilenceUsage: true}
	root.SetArgs(c.Args)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.PersistentFlags().BoolVar(&c.JSON, "json", false, "")
	root.AddCommand(commands...)
	return root.ExecuteContext(ctx)
}

// Decode reads what a command printed with --json: one value, with the fields of the format and no others.
func Decode(t *testing.T, text string) console.Document {
	t.Helper()
	var d console.Document
	in := json.NewDecoder(strings.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := in.Decode(new(any)); err != io.EOF {
		t.Fatalf("more than one value (%v):\n%s", err, text)
	}
	if d.Schema != 1 || d.Machine != machine.Describe() || d.Results == nil {
		t.Errorf("schema %d, machine %+v, %d results", d.Schema, d.Machine, len(d.Results))
	}
	for _, r := range d.Results {
		if r.Runs == nil {
			t.Errorf("case %s has no list of runs", r.Case)
		}
	}
	return d
}

// Values returns the results by case.
func Values(d console.Document) map[string]console.Result {
	all := map[string]console.Result{}
	for _, r := range d.Results {
		all[r.Case] = r
	}
	return all
}

// Full is a file that takes nothing more.
type Full struct{}

// Write takes nothing.
func (Full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
