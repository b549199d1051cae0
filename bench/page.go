package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// page writes the report as Markdown. plot is the name of the picture beside it, empty for none.
func (r report) page(w io.Writer, plot string) error {
	var b strings.Builder
	r.head(&b, plot)
	for _, t := range r.tables {
		t.section(&b)
	}
	if len(r.tables) == 0 {
		b.WriteString("\nNothing was measured.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r report) head(b *strings.Builder, plot string) {
	b.WriteString("# Benchmarks\n\nbraid and other systems at the same work, on one machine, in one session.\n")
	fmt.Fprintf(b, "This page was written by `%s`; do not edit it.\n", r.invocation())
	if r.quick {
		b.WriteString("\n**These numbers are of small sizes and few rounds, made to see that the command works. Do not quote them.**\n")
	}
	if plot != "" {
		fmt.Fprintf(b, "\n![How many times as long as braid each program takes](%s)\n", plot)
	}
	fmt.Fprintf(b, "\n| | |\n|---|---|\n| date | %s |\n", r.began.Format("2 January 2006"))
	m := r.machine
	fmt.Fprintf(b, "| machine | %s, %s; %s %s, %s |\n", orUnknown(m.CPU), memoryText(m.Memory), m.OS, m.Kernel, m.Arch)
	fmt.Fprintf(b, "| cores | %d (%s) of %d |\n| Go | %s |\n", m.Cores, m.CoresSource, m.HardwareCores, m.Go)
	for _, name := range slices.Sorted(maps.Keys(r.versions)) {
		fmt.Fprintf(b, "| %s | %s |\n", name, r.versions[name])
	}
	if len(r.missing) > 0 {
		fmt.Fprintf(b, "| missing | %s |\n", aptLine(r.missing))
	}
	fmt.Fprintf(b, "| the whole run | %v |\n", r.took.Round(time.Second))
	r.method(b)
}

func (r report) method(b *strings.Builder) {
	fmt.Fprintf(b, "\n## How it is measured\n\n"+
		"Per workload the programs run in turns, braid first: a turn with small sizes that does not count, then %d rounds, each\n"+
		"program in a fresh process every time. A round's value is the median of the runs inside that process, where it makes\n"+
		"several. Tables hold the median of the rounds and their range, from least to greatest. *Times braid* is the ratio of the\n"+
		"medians: above 1 the program takes longer than braid, below 1 braid does. Every answer is checked. A *floor* is the same\n"+
		"work written by hand without an engine, and tells what the engine costs. Programs may use %d cores, unless a row says one.\n"+
		"*Others* is how many cores other processes used meanwhile, on average.\n", r.rounds, r.machine.Cores)
	if r.anyDisturbed() {
		fmt.Fprintf(b, "\nRows marked \\* were **disturbed**: others used more than %v cores. Do not quote them.\n", disturbed)
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown processor"
	}
	return s
}

func memoryText(bytes int64) string {
	if bytes == 0 {
		return "unknown memory"
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}

// section writes the table of a workload and the commands of its rows.
func (t table) section(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", t.workload.title, t.workload.about)
	fmt.Fprintf(b, "| program | size | median, %s | range | times braid | others |\n|---|---|---:|---:|---:|---:|\n", t.workload.unit)
	for _, r := range t.rows {
		t.line(b, r)
	}
	b.WriteString("\n```sh\n")
	var shown []string // a floor has the command of braid
	for _, r := range t.rows {
		if command := strings.Join(r.program.command, " "); !slices.Contains(shown, command) {
			shown = append(shown, command)
			b.WriteString(command + "\n")
		}
	}
	b.WriteString("```\n")
}

func (t table) line(b *strings.Builder, r row) {
	name := cell(r.program.name)
	if r.program.kind == isBraid {
		name = "**" + name + "**"
	}
	median, least, greatest, ok := r.spread()
	if !ok {
		fmt.Fprintf(b, "| %s | | %s | | | |\n", name, cell(r.absence()))
		return
	}
	ratio := ""
	if x, ok := t.ratio(r); ok {
		ratio = figures(x)
	}
	others := "unknown"
	if cores, ok := r.meanOthers(); ok {
		others = fmt.Sprintf("%.2f", cores)
		if cores > disturbed {
			others += " \\*"
		}
	}
	unit := units[t.workload.unit]
	fmt.Fprintf(b, "| %s | %s | %s | %s–%s | %s | %s |\n", name, cell(r.sizeText()), figures(median/unit), figures(least/unit), figures(greatest/unit), ratio, others)
}

// absence says why a row has no number.
func (r row) absence() string {
	switch {
	case len(r.lacks) > 0:
		return "not run: no " + strings.Join(r.lacks, ", no ")
	case r.failure != "":
		return "failed: " + r.failure
	}
	return "not run yet"
}

func (r row) sizeText() string {
	if r.size != "" {
		return r.size
	}
	return r.program.size
}

// cell makes a text fit into a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "`", "'", "<", "&lt;").Replace(s)
}
