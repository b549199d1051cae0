//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/word"
)

// selection says which clusters a command is about.
type selection struct {
	name     string
	all      bool
	attached bool // without flags it is the one that programs would attach to
}

func (s *selection) add(cmd *cobra.Command) {
	usage := "`name` of the cluster"
	if s.attached {
		usage += "; without it that of BRAID_ADDRESS, if that is set"
	}
	cmd.Flags().StringVar(&s.name, "name", Default, usage)
	cmd.Flags().BoolVar(&s.all, "all", false, "all clusters with a name")
}

// find returns what is known of the clusters that are meant. The error of a cluster that is not there has exit code 4.
func (s *selection) find(cmd *cobra.Command) ([]local.Record, error) {
	names := []string{s.name}
	if address := os.Getenv("BRAID_ADDRESS"); s.attached && address != "" && !s.all && !cmd.Flags().Changed("name") {
		name, err := nameOf(address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd.CommandPath(), err)
		}
		names[0] = name
	}
	if err := local.CheckName(s.name); err != nil {
		return nil, console.Usage("--name: "+err.Error(), "leave it out for \""+Default+"\"")
	}
	if s.all {
		if cmd.Flags().Changed("name") {
			return nil, console.Usage("--name and --all exclude each other", "leave one of them out")
		}
		var err error
		if names, err = local.Names(); err != nil {
			return nil, fmt.Errorf("%s: %w", cmd.CommandPath(), err)
		}
	}
	var list []local.Record
	for _, name := range names {
		r, err := local.Find(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && s.all: // it has just ended
			continue
		case errors.Is(err, fs.ErrNotExist):
			return nil, console.Coded(fmt.Errorf("%s: there is no cluster with the name %q; \"braid up\" starts one, \"braid status --all\" lists all", cmd.CommandPath(), name), console.ExitNotFound)
		case err != nil && r.Lives:
			return nil, fmt.Errorf("%s: %w", cmd.CommandPath(), err)
		}
		list = append(list, r)
	}
	return list, nil
}

// nameOf returns the name of the cluster with an address.
func nameOf(address string) (string, error) {
	if local.CheckName(address) == nil {
		return address, nil
	}
	names, err := local.Names()
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if r, err := local.Find(name); err == nil && r.Address == address {
			return name, nil
		}
	}
	return "", console.Coded(fmt.Errorf("BRAID_ADDRESS is %q, and no cluster with a name has that address; \"braid status --all\" lists them, --name chooses one", address), console.ExitNotFound)
}

// sight is what a look at a cluster has shown.
type sight struct {
	local.Record
	inspected *word.Inspected // nil if it did not answer
	err       error           // why not
}

// AnswerTime is how long a scheduler may take to answer.
const AnswerTime = 10 * time.Second

// look asks a cluster what there is.
func look(ctx context.Context, r local.Record) sight {
	s := sight{Record: r}
	switch {
	case !r.Lives:
		s.err = errors.New(s.death(time.Now()))
		return s
	case r.Address == "":
		s.err = errors.New("it is being started")
		return s
	}
	limited, cancel := context.WithTimeoutCause(ctx, AnswerTime, fmt.Errorf("there was no answer within %v", AnswerTime))
	defer cancel()
	o, err := local.Observe(limited, r.Address)
	if err == nil {
		defer o.Close()
		s.inspected, err = o.Inspect(limited)
	}
	if s.err = err; err != nil && diesNow(ctx, r.Name) {
		if s.Record, err = local.Find(r.Name); err == nil {
			s.err = errors.New(s.death(time.Now()))
		}
	}
	return s
}

// dyingTime is how long it is watched whether a cluster that does not answer has just died: its process takes a moment to give
// everything free.
const dyingTime = time.Second

// diesNow reports whether the process of a cluster ends while it is watched.
func diesNow(ctx context.Context, name string) bool {
	wait, err := local.AwaitEnd(name)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	ctx, cancel := context.WithTimeout(ctx, dyingTime)
	defer cancel()
	return wait(ctx) == nil
}

// inOrder reports whether a cluster that does not live has ended by itself and left a word about it.
func (s *sight) inOrder() bool { return !s.Lives && s.Why != "" }

// death says how a cluster that does not live came to its end.
func (s *sight) death(now time.Time) string {
	switch {
	case s.inOrder():
		return fmt.Sprintf("it ended %v ago: %s", console.Span(int64(now.Sub(s.Ended))), s.Why)
	case s.Pid == 0:
		return "it is dead, and its record is empty or damaged"
	}
	return fmt.Sprintf("it is dead: process %d ended without a word %v ago at the most", s.Pid, console.Span(int64(now.Sub(s.Seen))))
}

func (e *env) statusCommand() *cobra.Command {
	which := selection{attached: true}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what there is on a cluster that \"braid up\" started",
		Long: `status asks a cluster for its workers, the programs that are attached, what they run, and how long nobody has been.

Exit codes: 0 the cluster is up, 2 wrong usage, 3 it has ended, is dead or does not answer, 4 there is none with the name.
With --all it is 0 whatever there is.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := which.find(cmd)
			if err != nil {
				return err
			}
			var sights []sight
			for _, r := range records {
				sights = append(sights, look(cmd.Context(), r))
			}
			if e.JSON {
				var results []console.Result
				for _, s := range sights {
					results = append(results, s.results()...)
				}
				err = e.Print("status", results)
			} else {
				err = e.printSights(sights)
			}
			if err == nil && !which.all && sights[0].err != nil {
				err = console.Coded(fmt.Errorf("braid status: the cluster %q is not up", sights[0].Name), console.ExitUnreachable)
			}
			return err
		},
	}
	which.add(cmd)
	return cmd
}
