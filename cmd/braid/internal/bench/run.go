package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/machine"
)

// figure is something to be measured again and again, in turns with its floor.
type figure struct {
	name  string        // for people
	cases []metric      // what one run measures
	warm  bool          // whether the first run does not count
	times int           // how often it is measured; 0: benchRuns
	box   time.Duration // no run begins that would end later after the first, by the time of the one before; 0: no bound
	of    string        // what it is measured of, for the note; it may be empty
	skip  string        // why it cannot be measured on this system; "" if it can
	// measure does one run and returns a value for each case; floor does the same work without braid, for as many of the
	// first cases as it returns values; it may be nil. open may be nil; it is called before the first run; what it returns, after the last.
	open           func(ctx context.Context) (closing func() error, err error)
	measure, floor func(ctx context.Context) ([]float64, error)
	// peer measures the same work by another program, when braid's is done; it may be nil.
	peer func(ctx context.Context) peerRuns
	// children returns the processes that open started and that end with closing; it may be nil.
	children func() []int
}

// metric is the name of a measured value, which ends with its unit, and the unit.
type metric struct{ name, unit string }

// benchRuns is how often every figure is measured.
const benchRuns = 5

// disturbedAbove is how many cores other processes may use before a figure counts as disturbed.
const disturbedAbove = 0.2

// measured is what came of one case.
type measured struct {
	metric
	runs, floor []float64
	peer        *peerRuns // of this case only; nil: there is none
	others      float64   // cores used by other processes meanwhile
	known       bool      // whether others is known
	err         error     // why there are no more runs
	note        string
	skipped     bool // it cannot be measured on this system, and note says why
}

func (m measured) disturbed() bool { return m.known && m.others > disturbedAbove }

// bench measures the figures, prints them, and returns an error if any failed or ctx ended.
func (e *env) bench(ctx context.Context, name string, figures []figure) error {
	var all []measured
	var failures []string
	for i, f := range figures {
		fmt.Fprintf(e.Stderr, "braid bench: %d of %d, %s\n", i+1, len(figures), f.name)
		ms, err := f.run(ctx)
		all = append(all, ms...)
		if !e.JSON {
			e.sayMeasured(ms)
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			failures = append(failures, fmt.Sprintf("braid bench: %s: %v", f.name, err))
		}
	}
	if err := e.printBench(name, all); err != nil {
		return err
	}
	if ctx.Err() != nil {
		// Said here, because after an interrupt Main exits without a word.
		fmt.Fprintln(e.Stderr, "braid bench: interrupted; this is what was measured")
		return context.Cause(ctx)
	}
	if len(failures) > 0 {
		return fmt.Errorf("%s", strings.Join(failures, "\n"))
	}
	return nil
}

// sayMeasured tells who waits for the rest what a figure has.
func (e *env) sayMeasured(ms []measured) {
	for _, m := range ms {
		if len(m.runs) == 0 {
			continue
		}
		floor := ""
		if len(m.floor) > 0 {
			floor = fmt.Sprintf(", floor %s", round(median(m.floor), 3))
		}
		fmt.Fprintf(e.Stderr, "braid bench:   %s %s%s\n", m.name, strings.TrimSpace(round(median(m.runs), 3)+" "+m.unit), floor)
	}
}

// run measures a figure. What was measured before an error or the end of ctx is returned too.
func (f figure) run(ctx context.Context) ([]measured, error) {
	ms := make([]measured, len(f.cases))
	for k, c := range f.cases {
		ms[k].metric = c
	}
	if f.skip != "" {
		for k := range ms {
			ms[k].note, ms[k].skipped = f.skip, true
		}
		return ms, nil
	}
	err := f.runs(ctx, ms)
	if f.peer != nil && err == nil {
		debug.FreeOSMemory() // the peer needs it
		p := f.peer(ctx)
		for k := range ms {
			if one := p.of(k); one.note != "" || len(one.cases) > 0 {
				ms[k].peer = &one
			}
		}
	}
	for k := range ms {
		ms[k].err = err
		if ctx.Err() != nil {
			ms[k].err, ms[k].note = nil, fmt.Sprintf("interrupted after %d of %d runs", len(ms[k].runs), f.many())
			continue
		}
		var notes []string
		if f.of != "" {
			notes = append(notes, f.of)
		}
		if n := len(ms[k].runs); err == nil && n < f.many() {
			notes = append(notes, fmt.Sprintf("%d of %d runs in %v", n, f.many(), f.box))
		}
		if ms[k].disturbed() {
			notes = append(notes, "disturbed")
		}
		ms[k].note = strings.Join(notes, "; ")
	}
	return slices.DeleteFunc(ms, func(m measured) bool { return len(m.runs) == 0 && m.err == nil }), err
}

// many is how often the figure is measured.
func (f figure) many() int { return cmp.Or(f.times, benchRuns) }

func (f figure) runs(ctx context.Context, ms []measured) (err error) {
	if f.open != nil {
		closing, err := f.open(ctx)
		if err != nil {
			return err
		}
		defer func() {
			if e := closing(); err == nil {
				err = e
			}
		}()
	}
	var pids []int
	if f.children != nil {
		pids = f.children()
	}
	load, own := machine.StartLoad(), startChildClock(pids)
	defer func() {
		others, known := load.Others()
		others = max(others-own.cores(), 0)
		for k := range ms {
			ms[k].others, ms[k].known = others, known
		}
	}()
	cold := f.warm
	begin := time.Now()
	for n := 0; n < f.many(); {
		start := time.Now()
		values, err := f.measure(ctx)
		if err != nil {
			return err
		}
		var floor []float64
		if f.floor != nil {
			if floor, err = f.floor(ctx); err != nil {
				return fmt.Errorf("floor: %w", err)
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if cold {
			cold, load, own = false, machine.StartLoad(), startChildClock(pids)
			continue
		}
		for k, v := range values {
			ms[k].runs = append(ms[k].runs, v)
		}
		for k, v := range floor {
			ms[k].floor = append(ms[k].floor, v)
		}
		n++
		if f.box > 0 && time.Since(begin)+time.Since(start) > f.box {
			break
		}
	}
	return nil
}

func (e *env) printBench(name string, all []measured) error {
	if !e.JSON {
		return benchTable(e.Stdout, all)
	}
	var results []console.Result
	for _, m := range all {
		results = append(results, m.results()...)
	}
	return e.Print("bench "+name, results)
}

// results are the case, its floor, and what others did meanwhile.
func (m measured) results() []console.Result {
	value := repeated(m.name, m.unit, m.runs)
	value.Note = m.note
	if m.err != nil {
		value.OK, value.Note = new(bool), m.err.Error()
	}
	results := []console.Result{value}
	if m.skipped {
		return results
	}
	if len(m.floor) > 0 {
		results = append(results, repeated("floor."+m.name, m.unit, m.floor))
	}
	if m.peer != nil {
		results = append(results, m.peer.results(m)...)
	}
	others := console.None(m.name+".others", "cores", "not known: the runs were too short, or this system does not tell")
	if m.known {
		others = console.Single(others.Case, m.others, others.Unit)
	}
	return append(results, others, console.Single(m.name+".disturbed", console.Truth(m.disturbed()), ""))
}

// repeated is the median of several runs.
func repeated(name, unit string, runs []float64) console.Result {
	r := console.None(name, unit, "")
	for _, v := range runs {
		r.Runs = append(r.Runs, v)
	}
	if len(runs) > 0 {
		r.Value = median(runs)
	}
	return r
}

// median returns the middle value, of an even number the mean of both in the middle.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// benchTable writes a line for each case.
func benchTable(w io.Writer, all []measured) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	peers := slices.ContainsFunc(all, func(m measured) bool { return m.peer != nil })
	columns := "case\tmedian\tfrom\tto\tunit\tfloor\tratio\tothers\tnote"
	if peers {
		columns = "case\tmedian\tfrom\tto\tunit\tfloor\tratio\tpeer\tratio\tof\tothers\tnote"
	}
	fmt.Fprintln(table, columns)
	for _, m := range all {
		floor, ratio, others, note := "-", "-", "-", m.note
		if len(m.floor) > 0 {
			floor = round(median(m.floor), 3)
		}
		if len(m.runs) > 0 && len(m.floor) > 0 {
			ratio = round(median(m.runs)/median(m.floor), 2)
		}
		if m.known {
			others = fmt.Sprintf("%.2f", m.others)
		}
		if m.err != nil {
			note = "failed"
		}
		middle, from, to := "-", "-", "-"
		if len(m.runs) > 0 {
			middle, from, to = round(median(m.runs), 3), round(slices.Min(m.runs), 3), round(slices.Max(m.runs), 3)
		}
		cells := []string{m.name, middle, from, to, m.unit, floor, ratio}
		if peers {
			cells = append(cells, m.peer.cells(m)...)
		}
		fmt.Fprintln(table, strings.Join(append(cells, others, note), "\t"))
	}
	return table.Flush()
}
