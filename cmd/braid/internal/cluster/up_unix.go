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
)

// Default is the name of the cluster that is meant where none is named.
const Default = "default"

// env is what the commands take from their surroundings.
type env struct{ *console.Env }

// Commands are those about clusters that outlive the programs which use them.
func Commands(c *console.Env) []*cobra.Command {
	e := &env{c}
	return []*cobra.Command{e.upCommand(), e.downCommand(), e.statusCommand(), e.workerCommand()}
}

// upFlags are the flags of up.
type upFlags struct {
	offerFlags
	coordFlags
	name       string
	processes  int
	idle       time.Duration
	client     time.Duration // how long programs that are cut off are waited for
	foreground bool
	ready      int // descriptor on which the process that started this one waits to be told; -1 if there is none
}

func (e *env) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a cluster on this machine that outlives the programs using it",
		Long: `up starts a scheduler and worker processes in the background. Programs of this user on this machine attach to them and
leave them again: those that call braid.Open with BRAID_ADDRESS set as up prints it, or with Options.Address.

  eval "$(braid up)"          starts the cluster and sets BRAID_ADDRESS in this shell
  BRAID_ADDRESS=default       means the cluster with that name, wherever its file is

A cluster with the name is left as it is if there is one. It ends with "braid down", after --idle-timeout, and when the
machine does; its workers end with it in any case. "braid status" shows it, and where its log is.

If its scheduler was killed, up goes on with it: with the programs that are attached, which wait for --client-timeout, with its
workers and their results, which wait for --worker-timeout, and with the results that have names. What that needs is kept in the folder
of the cluster, in --state, or by the NATS server of --nats; with --ephemeral it is not.

Results go to standard output, everything else to standard error. Exit codes: 0 the cluster is up, 1 it is not, 2 wrong usage, 3 there is one with the name that does not answer.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			switch {
			case f.ready >= 0:
				return f.detached(cmd.Context())
			case f.foreground:
				return e.upHere(cmd.Context(), &f)
			}
			return e.upDetached(cmd.Context(), &f)
		},
	}
	cmd.Flags().StringVar(&f.name, "name", Default, "`name` of the cluster")
	cmd.Flags().IntVar(&f.processes, "processes", 1, "worker processes")
	f.offerFlags.add(cmd.Flags(), "all cores divided by the processes")
	cmd.Flags().DurationVar(&f.idle, "idle-timeout", 0, "end the cluster when no program was attached for so long (0: never)")
	cmd.Flags().DurationVar(&f.client, "client-timeout", time.Minute, "wait so long for a program whose connection broke (0: not at all)")
	f.coordFlags.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.foreground, "foreground", false, "stay in the foreground, with the log on standard error")
	cmd.Flags().IntVar(&f.ready, "ready", -1, "")
	_ = cmd.Flags().MarkHidden("ready")
	return cmd
}

// mostProcesses is as in package braid.
const mostProcesses = 10_000

func (f *upFlags) check() error {
	if err := local.CheckName(f.name); err != nil {
		return console.Usage("--name: "+err.Error(), "leave it out for \""+Default+"\"")
	}
	if f.idle < 0 {
		return console.Usage(fmt.Sprintf("--idle-timeout=%v is impossible: no time is negative", f.idle), "write it as in 30m or 2h")
	}
	if f.client < 0 {
		return console.Usage(fmt.Sprintf("--client-timeout=%v is impossible: no time is negative", f.client), "write it as in 30s or 5m")
	}
	if err := console.Within("processes", f.processes, mostProcesses, "a cluster has workers"); err != nil {
		return err
	}
	if err := f.coordFlags.check(); err != nil {
		return err
	}
	return f.offerFlags.check()
}

// already reports on the cluster of the name if there is one that lives, waiting for it if it is just being started.
func (e *env) already(ctx context.Context, name string) (found bool, err error) {
	for limit := time.Now().Add(startTimeout); ; {
		r, err := local.Find(name)
		switch {
		case errors.Is(err, fs.ErrNotExist), !r.Lives:
			return false, nil // what is left of a dead one is taken over
		case err == nil && r.Address != "":
			s := look(ctx, r)
			if s.err != nil && !s.Lives {
				return false, nil // it has just died
			}
			return true, e.printUp(s, "running")
		case time.Now().After(limit):
			if err == nil {
				err = fmt.Errorf("the cluster %q has been starting for %v", name, time.Since(r.Since).Round(time.Second))
			}
			return true, fmt.Errorf("braid up: %w", err)
		}
		select { // it was found while its record was being written
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return true, context.Cause(ctx)
		}
	}
}

// startTimeout is how long the workers may take to join.
const startTimeout = time.Minute

// printUp says what there is. state is "started" or "running".
func (e *env) printUp(s sight, state string) error {
	r := s.Record
	if s.err != nil {
		return console.Coded(fmt.Errorf("braid up: the cluster %q: %w", r.Name, s.err), console.ExitUnreachable)
	}
	slots, workers := 0, len(s.inspected.Workers)
	for _, w := range s.inspected.Workers {
		slots += int(w.Slots)
	}
	if e.JSON {
		return e.Print("up", []console.Result{
			console.Single("up.state", state, ""), console.Single("up.name", r.Name, ""), console.Single("up.address", r.Address, ""), console.Single("up.pid", r.Pid, ""),
			console.Single("up.workers", workers, ""), console.Single("up.slots", slots, ""),
		})
	}
	what := "is up"
	if state == "running" {
		what = fmt.Sprintf("has been up for %v, and nothing was started", console.Span(int64(s.inspected.Nanos)))
	}
	fmt.Fprintf(e.Stderr, "braid: cluster %q %s: %s with %s; scheduler in process %d\n",
		r.Name, what, quantity(workers, "worker process", "worker processes"), quantity(slots, "slot", "slots"), r.Pid)
	_, err := fmt.Fprintf(e.Stdout, "export BRAID_ADDRESS=%s\n", shellWord(r.Address))
	return err
}

// quantity writes a number and its noun.
func quantity(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// shellWord writes a word so that a shell takes it as it is.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
