package hardware

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/par"
)

func (e *env) coresCommand() *cobra.Command {
	why := false
	cmd := &cobra.Command{
		Use:   "cores",
		Short: "Print how many cores this process may use, and why",
		Long: `cores prints one whole number, for scripts: how many cores a process started here may use.

It heeds the affinity mask, cgroup quotas, what a batch system granted (Slurm, Grid Engine, PBS, LSF),
OMP_NUM_THREADS and GOMAXPROCS. BRAID_CORES overrides all of them. --why shows each and which one decided.`,
		Args: console.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			cores := par.Cores()
			switch {
			case e.JSON:
				return e.Print("cores", coresResults(cores))
			case why:
				return explainCores(e.Stdout, cores)
			}
			_, err := fmt.Fprintln(e.Stdout, cores.N)
			return err
		},
	}
	cmd.Flags().BoolVar(&why, "why", false, "show every source that was looked at, and which one decided")
	return cmd
}

// explainCores writes a line for each source, the one that decided marked with an asterisk.
func explainCores(w io.Writer, cores par.Allowance) error {
	fmt.Fprintf(w, "%s\n\n", cores)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  source\tsays\tcores\tnote")
	for _, s := range cores.Considered {
		mark, says, number := " ", "-", "-"
		if s.Decided {
			mark = "*"
		}
		if s.Value != "" {
			says = s.Value
		}
		if s.Cores != 0 {
			number = fmt.Sprint(s.Cores)
		}
		fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\n", mark, s.Name, says, number, s.Note)
	}
	return table.Flush()
}

// coresResults has the number first, and then what each source says.
func coresResults(cores par.Allowance) []console.Result {
	first := console.Single("cores", cores.N, "cores")
	first.Note = cores.Source
	results := []console.Result{first}
	for _, s := range cores.Considered {
		r := console.None("cores/"+s.Name, "cores", s.Note)
		if s.Cores != 0 {
			r = console.Single(r.Case, s.Cores, r.Unit)
			r.Note = s.Note
		}
		results = append(results, r)
	}
	return results
}
