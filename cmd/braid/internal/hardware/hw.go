package hardware

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/scaling"
	"github.com/braid-compute/braid/par"
)

// env is what the commands take from their surroundings.
type env struct{ *console.Env }

// Commands are hw and cores.
func Commands(c *console.Env) []*cobra.Command {
	e := &env{c}
	return []*cobra.Command{e.hwCommand(), e.coresCommand()}
}

func (e *env) hwCommand() *cobra.Command {
	skip := false
	cmd := &cobra.Command{
		Use:   "hw",
		Short: "Show what this machine is and what may be used of it",
		Long: `hw shows the processors, caches, memory and GPUs of this machine, measures how fast the memory is, and says how many
cores and how much memory a process started here may use, and which source decided.

The bandwidth is that of the triad a = b + s·c over arrays four times as large as the caches of the last level, first
with one core and then with all usable ones, the median of five runs each. It takes a few seconds on a large machine.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h := inspect()
			if !skip {
				if err := h.measure(cmd.Context()); err != nil {
					return err
				}
			}
			if e.JSON {
				return e.Print("hw", h.results())
			}
			return h.print(e.Stdout)
		},
	}
	cmd.Flags().BoolVar(&skip, "no-bandwidth", false, "do not measure the bandwidth of the memory")
	return cmd
}

// hardware is what hw shows.
type hardware struct {
	machine   machine.Description
	topology  machine.Topology
	gpus      []machine.GPU
	gpusErr   error
	total     int64 // bytes of memory; 0 if unknown
	cores     par.Allowance
	memory    machine.Allowance
	variables []variable

	bandwidth     []machine.Bandwidth // with one core, and with all if there are more; empty if not measured
	bandwidthNote string              // on the size of the arrays
}

// variable is an environment variable about threads that is set.
type variable struct {
	name, value string
	honoured    bool // by braid
}

// inspect finds everything that needs no time.
func inspect() hardware {
	h := hardware{machine: machine.Describe(), topology: machine.ReadTopology(), cores: par.Cores(), memory: machine.Memory()}
	h.gpus, h.gpusErr = machine.ReadGPUs()
	for _, s := range h.memory.Considered {
		if s.Name == "physical memory" {
			h.total = s.Bytes
		}
	}
	h.variables = threadVariables(h.cores, os.LookupEnv)
	return h
}

// threadVariables lists the variables about numbers of cores and threads that are set: those that par.Cores looks at,
// and those of single libraries, which braid leaves to them.
func threadVariables(cores par.Allowance, lookup func(string) (string, bool)) (list []variable) {
	for _, s := range cores.Considered {
		if value, ok := lookup(s.Name); ok && value != "" {
			list = append(list, variable{s.Name, value, s.Cores != 0})
		}
	}
	for _, name := range scaling.Stubborn {
		if value, ok := lookup(name); ok && value != "" && !slices.ContainsFunc(list, func(v variable) bool { return v.name == name }) {
			list = append(list, variable{name: name, value: value})
		}
	}
	return list
}

// measure runs the triad on one core and on all.
func (h *hardware) measure(ctx context.Context) error {
	bytes, enough := machine.BandwidthArray(h.topology.LastLevel(), h.memory.Bytes)
	if !enough {
		h.bandwidthNote = "the caches may hold a part of it, or their size is not known"
	}
	var cpus []int
	if all, err := machine.CPUs(); err == nil {
		cpus = h.topology.Spread(all)
	}
	all := h.cores.N
	if len(cpus) > 0 {
		all = min(all, len(cpus))
	} else {
		all = min(all, runtime.NumCPU())
	}
	for _, n := range slices.Compact([]int{1, all}) {
		b, err := machine.MeasureBandwidth(ctx, cpus[:min(n, len(cpus))], n, bytes)
		if err != nil {
			return fmt.Errorf("braid hw: measuring the bandwidth: %w; --no-bandwidth leaves it out", err)
		}
		h.bandwidth = append(h.bandwidth, b)
	}
	return nil
}

// cacheName names a kind of cache as in "l1.data".
func cacheName(c machine.Cache) string {
	if c.Kind == "" {
		return fmt.Sprintf("l%d", c.Level)
	}
	return fmt.Sprintf("l%d.%s", c.Level, strings.ReplaceAll(c.Kind, " ", "_"))
}
