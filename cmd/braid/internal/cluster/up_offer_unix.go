//go:build unix

package cluster

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/jobhost"
	"github.com/braid-compute/braid/internal/local"
)

// offerFlags say what a worker process offers. Their names are those of braid.Options.
type offerFlags struct {
	slots     int
	memory    string
	scratch   string
	resources []string

	bytes   int64              // of memory; 0 if it was not said
	amounts map[string]float64 // of resources
}

// add adds the flags. all says how many slots there are otherwise.
func (f *offerFlags) add(flags *pflag.FlagSet, all string) {
	flags.IntVar(&f.slots, "slots", 0, "tasks at once in each worker process (default "+all+")")
	flags.StringVar(&f.memory, "memory-limit", "", "bytes of memory that each worker process is to stay below, as in 4G, or none (default 80 % of the usable memory, divided by the processes)")
	flags.StringVar(&f.scratch, "scratch", "", "`folder` for results that do not fit into memory (default that of BRAID_SCRATCH, or the system's for temporary files)")
	flags.StringSliceVar(&f.resources, "resources", nil, "what each worker process offers besides cores and memory, as in `gpu=2,license=1`")
}

// mostSlots is as in package braid.
const mostSlots = 100_000

func (f *offerFlags) check() error {
	if f.slots < 0 || f.slots > mostSlots {
		return console.Usage(fmt.Sprintf("--slots=%d is impossible", f.slots), fmt.Sprintf("give a number from 1 to %d, or leave it out", mostSlots))
	}
	switch f.memory {
	case "":
	case "none":
		f.bytes = -1
	default:
		var err error
		if f.bytes, err = console.ParseSize("memory-limit", f.memory); err != nil {
			return err
		}
	}
	if _, _, err := local.FindScratch(cmp.Or(f.bytes, math.MaxInt64), f.scratch); err != nil {
		return console.Usage(err.Error(), "--scratch names one that can be written to, on a disk")
	}
	f.amounts = make(map[string]float64)
	for _, r := range f.resources {
		name, text, ok := strings.Cut(r, "=")
		n, err := strconv.ParseFloat(text, 64)
		if !ok || err != nil {
			return console.Usage(fmt.Sprintf("--resources: %q is no name and amount", r), "write them as in gpu=2,license=0.5")
		}
		if _, twice := f.amounts[name]; twice {
			return console.Usage(fmt.Sprintf("--resources names %q twice", name), "add the amounts up")
		}
		f.amounts[name] = n
	}
	if _, said := f.amounts[jobhost.NodeResource]; !said {
		f.amounts[jobhost.NodeResource] = 1
	}
	if _, err := local.Offer(f.amounts); err != nil {
		return console.Usage("--resources: "+err.Error(), "write them as in gpu=2,license=0.5")
	}
	return nil
}
