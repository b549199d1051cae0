//go:build unix

package cluster

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/par"
)

func (e *env) workerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Add workers to a cluster that \"braid up\" started",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return console.Unknown("command of worker", args[0], console.Subcommands(cmd))
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.JSON {
				return console.Usage("--json is not for worker", "its commands are "+strings.Join(console.Subcommands(cmd), ", "))
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(e.workerStartCommand())
	return cmd
}

func (e *env) workerStartCommand() *cobra.Command {
	var f offerFlags
	address := ""
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run one more worker for a cluster of this machine",
		Long: `start runs a worker for a cluster that is up on this machine, with slots of its own and resources that others may not have. It
stays in the foreground until the cluster ends, or until it is interrupted; what the worker runs then runs elsewhere. A worker
that dies is replaced.

The cluster must have been started by this same build of braid.

Exit codes: 0 the cluster has ended, 1 the worker could not join or could not live, 2 wrong usage, 130 interrupted.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.JSON {
				return console.Usage("--json is not for worker start: it has no result", "leave it out")
			}
			if err := f.check(); err != nil {
				return err
			}
			if err := e.join(cmd.Context(), address, &f); err != nil {
				return fmt.Errorf("braid worker start: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "address", "", "`address` of the cluster: the path that up prints, or its name (default BRAID_ADDRESS, or \""+Default+"\")")
	f.add(cmd.Flags(), "all cores")
	return cmd
}

// join runs a worker until the cluster ends.
func (e *env) join(ctx context.Context, address string, f *offerFlags) error {
	if address == "" {
		address = os.Getenv("BRAID_ADDRESS")
	}
	if address == "" {
		address = Default
	}
	offered, err := local.Offer(f.amounts)
	if err != nil {
		return err
	}
	o := local.OutsideOptions{
		Address: address, Slots: f.slots, Memory: max(f.bytes, 0), Resources: offered, CloseTimeout: closeTimeout,
		Output: func(line []byte) { fmt.Fprintf(e.Stderr, "%s\n", line) },
		Started: func(worker string, pid int) {
			fmt.Fprintf(e.Stderr, "braid: %s, process %d, joins the cluster at %s\n", worker, pid, address)
		},
		Lost: func(certificate string) { fmt.Fprintf(e.Stderr, "braid: the worker is replaced: %s\n", certificate) },
	}
	if o.Slots == 0 {
		o.Slots = par.Cores().N
	}
	if f.bytes == 0 {
		o.Memory = machine.Memory().Bytes / 5 * 4
	}
	if o.Scratch, _, err = local.FindScratch(o.Memory, f.scratch); err != nil {
		return err
	}
	return local.Join(ctx, o)
}
