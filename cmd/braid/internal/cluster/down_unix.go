//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/word"
)

func (e *env) downCommand() *cobra.Command {
	var which selection
	force := false
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End a cluster that \"braid up\" started",
		Long: `down ends a cluster: its workers end, then its scheduler, and nothing of it is left. It waits for that. While programs are attached
it refuses, and names them; --force ends it nevertheless, upon which what they run is cancelled and they are told.

What is left of a cluster whose processes were killed is removed.

Exit codes: 0 it has ended, 1 it has not, 2 wrong usage, 3 it does not answer, 4 there is none with the name, 5 it takes too long.
With --all it is 0 if there is none.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := which.find(cmd)
			if err != nil {
				return err
			}
			var results []console.Result
			var errs []error
			for _, r := range records {
				said, err := end(cmd.Context(), r, force)
				errs = append(errs, err)
				results = append(results, said.results(r.Name, err)...)
				if !e.JSON && err == nil {
					fmt.Fprintf(e.Stdout, "cluster %s: %s\n", r.Name, said)
				}
			}
			if e.JSON {
				if err := e.Print("down", results); err != nil {
					return err
				}
			}
			return firstCode(errs)
		},
	}
	which.add(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "end it although programs are attached")
	return cmd
}

// firstCode joins errors; the exit code is that of the first which has one.
func firstCode(errs []error) error {
	err := errors.Join(errs...)
	if code := console.ExitCode(err); code > 0 {
		return console.Coded(err, code)
	}
	return err
}

// ending is how a cluster was ended.
type ending struct {
	before    string // how it came to its end before; "" if it did not
	inOrder   bool   // and that was no death
	took      time.Duration
	cancelled []word.Program // that were attached
}

// endTimeout is how long a cluster may take to end.
const endTimeout = closeTimeout + 20*time.Second

// end ends a cluster and waits for it.
func end(ctx context.Context, r local.Record, force bool) (ending, error) {
	if !r.Lives {
		return bury(r)
	}
	failed := func(err error) error { return fmt.Errorf("braid down: cluster %q: %w", r.Name, err) }
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, endTimeout, fmt.Errorf("it did not end within %v", endTimeout))
	defer cancel()
	wait, err := local.AwaitEnd(r.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return ending{before: "it has just ended", inOrder: true}, nil
	}
	if err != nil {
		return ending{}, failed(err)
	}
	x, err := shutdown(ctx, r, force)
	switch {
	case err != nil && diesNow(ctx, r.Name):
		return bury(r)
	case err != nil:
		return ending{}, console.Coded(failed(fmt.Errorf("%w; \"kill -9 %d\" ends its scheduler and all workers", err, r.Pid)), console.ExitUnreachable)
	case x.Refused != "":
		hint := ""
		if len(x.Programs) > 0 {
			hint = "; end that first, or use --force"
		}
		return ending{}, failed(errors.New("it is not ended: " + x.Refused + hint))
	}
	if err := wait(ctx); err != nil {
		return ending{}, console.Coded(failed(err), console.ExitTimeout)
	}
	done := ending{took: time.Since(began)}
	for _, p := range x.Programs {
		if !p.Worker {
			done.cancelled = append(done.cancelled, p)
		}
	}
	return done, nil
}

// bury removes what is left of a cluster that does not live.
func bury(r local.Record) (ending, error) {
	s := sight{Record: r}
	if err := local.Forget(r.Name); err != nil {
		return ending{}, fmt.Errorf("braid down: what is left of the cluster %q, which does not live any more, cannot be removed: %w", r.Name, err)
	}
	return ending{before: s.death(time.Now()), inOrder: s.inOrder()}, nil
}

// shutdown asks a cluster to end.
func shutdown(ctx context.Context, r local.Record, force bool) (*word.Inspected, error) {
	if r.Address == "" {
		return nil, errors.New("it is being started: try again in a moment")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, AnswerTime, fmt.Errorf("there was no answer within %v", AnswerTime))
	defer cancel()
	o, err := local.Observe(ctx, r.Address)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return o.Shutdown(ctx, force)
}

// String says what was done.
func (n ending) String() string {
	if n.before != "" {
		return n.before + "; what was left of it is removed"
	}
	s := fmt.Sprintf("ended in %s", console.Span(int64(n.took)))
	var list []string
	for _, p := range n.cancelled {
		list = append(list, fmt.Sprintf("%s of %s (pid %d)", quantity(int(left(p)), "task", "tasks"), programName(p), p.Pid))
	}
	if len(list) > 0 {
		s += "; cancelled: " + strings.Join(list, ", ")
	}
	return s
}

// left is how many tasks of a program have no outcome.
func left(p word.Program) (n uint64) {
	for _, g := range p.Groups {
		n += g.Total - g.Done - g.Failed - g.Cancelled
	}
	return n
}

// results are what --json shows.
func (n ending) results(name string, err error) []console.Result {
	state := "ended"
	switch {
	case err != nil:
		state = "not ended"
	case n.before != "" && !n.inOrder:
		state = "dead"
	}
	r := console.Single(name+"/state", state, "")
	if err != nil {
		r.Note = err.Error()
	}
	cancelled := uint64(0)
	for _, p := range n.cancelled {
		cancelled += left(p)
	}
	return []console.Result{r, console.Single(name+"/took", n.took.Seconds(), "s"), console.Single(name+"/cancelled", cancelled, "tasks")}
}
