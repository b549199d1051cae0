package hardware

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/progress"
	"github.com/braid-compute/braid/internal/scaling"
)

const notTold = "not told by this system"

// print writes everything for a person.
func (h hardware) print(w io.Writer) error {
	var b bytes.Buffer
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range h.rows() {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	table.Flush() // a bytes.Buffer takes everything
	b.WriteString("\nusable cores: ")
	_ = explainCores(&b, h.cores)
	b.WriteString("\nusable memory: ")
	explainMemory(&b, h.memory)
	_, err := w.Write(b.Bytes())
	return err
}

// rows are the lines of the first part, each a name and what there is.
func (h hardware) rows() (rows [][2]string) {
	add := func(name, format string, args ...any) {
		rows = append(rows, [2]string{name, fmt.Sprintf(format, args...)})
	}
	t := h.topology
	add("processor", "%s", or(h.machine.CPU, notTold))
	add("sockets", "%s", known(t.Sockets))
	add("cores", "%s", known(t.Cores))
	add("hardware threads", "%s", known(len(t.Threads)))
	for _, n := range t.Nodes {
		add(fmt.Sprintf("NUMA node %d", n.ID), "%s, %s", cpuText(n.CPUs), amount(n.Memory))
	}
	if len(t.Nodes) == 0 {
		add("NUMA nodes", notTold)
	}
	for _, c := range t.Caches {
		add(strings.TrimSpace(fmt.Sprintf("L%d %s", c.Level, c.Kind)), "%d × %s, %s", c.Count, amount(c.Bytes), shared(c.SharedBy))
	}
	if len(t.Caches) == 0 {
		add("caches", notTold)
	}
	add("memory", "%s", amount(h.total))
	for _, m := range h.bandwidth {
		add("bandwidth", "%s", bandwidthText(m, h.bandwidthNote))
	}
	switch {
	case h.gpusErr != nil:
		add("GPUs", "%v", h.gpusErr)
	case len(h.gpus) == 0:
		add("GPUs", "none")
	}
	for _, g := range h.gpus {
		add("GPU", "%s", g)
	}
	for _, v := range h.variables {
		heed := "honoured"
		if !v.honoured {
			heed = "not honoured by braid; a library may"
		}
		add("variable", "%s=%s (%s)", v.name, v.value, heed)
	}
	if len(h.variables) == 0 {
		add("thread variables", "none set")
	}
	for _, m := range t.Missing {
		add("not known", "%s", m)
	}
	return rows
}

// explainMemory writes a line for each source, the one that decided marked with an asterisk.
func explainMemory(b *bytes.Buffer, memory machine.Allowance) {
	fmt.Fprintf(b, "%s\n\n", memory)
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  source\tsays\tmemory\tnote")
	for _, s := range memory.Considered {
		mark, bytes := " ", "-"
		if s.Decided {
			mark = "*"
		}
		if s.Bytes != 0 {
			bytes = progress.Bytes(s.Bytes)
		}
		fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\n", mark, s.Name, or(s.Value, "-"), bytes, s.Note)
	}
	table.Flush()
}

func bandwidthText(m machine.Bandwidth, note string) string {
	cores := "one core"
	if m.Workers > 1 {
		cores = scaling.Counted(m.Workers)
	}
	s := fmt.Sprintf("%.1f GB/s with %s (triad, 3 × %s, median of %d)", m.Median()/1e9, cores, progress.Bytes(m.ArrayBytes), len(m.Runs))
	if note != "" {
		s += "; " + note
	}
	return s
}

func shared(threads int) string {
	if threads == 1 {
		return "not shared"
	}
	return fmt.Sprintf("shared by %d hardware threads", threads)
}

func cpuText(cpus []int) string {
	if len(cpus) == 0 {
		return "no CPUs"
	}
	return "CPUs " + machine.FormatCPUs(cpus)
}

func amount(bytes int64) string {
	if bytes == 0 {
		return "unknown size"
	}
	return progress.Bytes(bytes)
}

func known(n int) string {
	if n == 0 {
		return notTold
	}
	return fmt.Sprint(n)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// results has everything as cases.
func (h hardware) results() []console.Result {
	t := h.topology
	results := []console.Result{
		number("hw.sockets", int64(t.Sockets), "sockets"),
		number("hw.cores", int64(t.Cores), "cores"),
		number("hw.threads", int64(len(t.Threads)), "threads"),
	}
	for _, n := range t.Nodes {
		prefix := fmt.Sprintf("hw.node.%d.", n.ID)
		results = append(results, console.Single(prefix+"cpus", machine.FormatCPUs(n.CPUs), ""), number(prefix+"memory", n.Memory, "B"))
	}
	seen := map[string]int{}
	for _, c := range t.Caches {
		prefix := "hw.cache." + cacheName(c)
		if seen[prefix]++; seen[prefix] > 1 { // processors with cores of several sizes
			prefix += fmt.Sprintf(".%d", seen[prefix])
		}
		results = append(results, number(prefix+".size", c.Bytes, "B"), number(prefix+".count", int64(c.Count), "caches"),
			number(prefix+".shared_by", int64(c.SharedBy), "threads"))
	}
	results = append(results, number("hw.memory", h.total, "B"), number("hw.usable_memory", h.memory.Bytes, "B"))
	for i, m := range h.bandwidth {
		r := console.None([]string{"hw.bandwidth.one", "hw.bandwidth.all"}[i], "GB/s", h.bandwidthNote)
		r.Value = m.Median() / 1e9
		for _, run := range m.Runs {
			r.Runs = append(r.Runs, run/1e9)
		}
		results = append(results, r)
	}
	return append(results, h.listed()...)
}

// listed are the cases of which there may be any number.
func (h hardware) listed() []console.Result {
	gpus := console.Single("hw.gpus", len(h.gpus), "GPUs")
	if h.gpusErr != nil {
		gpus = console.None("hw.gpus", "GPUs", h.gpusErr.Error())
	}
	results := []console.Result{gpus}
	for i, g := range h.gpus {
		results = append(results, console.Single(fmt.Sprintf("hw.gpu.%d", i), g.String(), ""))
	}
	for _, v := range h.variables {
		r := console.Single("hw.variable."+v.name, v.value, "")
		if !v.honoured {
			r.Note = "not honoured by braid"
		}
		results = append(results, r)
	}
	results = append(results, coresResults(h.cores)...)
	for _, s := range h.memory.Considered {
		r := number("memory/"+s.Name, s.Bytes, "B")
		r.Note = s.Note
		results = append(results, r)
	}
	return results
}

// number is a value that is 0 where the system does not tell.
func number(name string, n int64, unit string) console.Result {
	if n == 0 {
		return console.None(name, unit, notTold)
	}
	return console.Single(name, n, unit)
}
