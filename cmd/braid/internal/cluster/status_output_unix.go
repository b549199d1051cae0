//go:build unix

package cluster

import (
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/progress"
	"github.com/braid-compute/braid/internal/word"
)

// printSights shows clusters to people.
func (e *env) printSights(sights []sight) error {
	if len(sights) == 0 {
		_, err := fmt.Fprintln(e.Stdout, "no clusters")
		return err
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for k, s := range sights {
		if k > 0 {
			fmt.Fprintln(w)
		}
		s.print(w)
	}
	return w.Flush()
}

func (s *sight) print(w *tabwriter.Writer) {
	if s.err != nil {
		fmt.Fprintf(w, "cluster %s: %v\n", s.Name, s.err)
		return
	}
	x := s.inspected
	fmt.Fprintf(w, "cluster %s: up for %s, since %s, scheduler in process %d\n",
		s.Name, console.Span(x.Nanos), s.Since.Local().Format(time.DateTime), s.Pid)
	fmt.Fprintf(w, "  address  %s\n  log      %s\n", s.Address, s.log())
	slots, assigned := 0, 0
	for _, k := range x.Workers {
		slots, assigned = slots+int(k.Slots), assigned+int(k.Assigned)
	}
	fmt.Fprintf(w, "  workers  %d with %s, %s assigned\n", len(x.Workers), quantity(slots, "slot", "slots"), quantity(assigned, "task", "tasks"))
	for _, k := range x.Workers {
		fmt.Fprintf(w, "    %s\tpid %d\t%s\t%s\tresults %s\tup for %s\n",
			k.Name, k.Pid, quantity(int(k.Slots), "slot", "slots"), quantity(int(k.Assigned), "task", "tasks"), holds(k), console.Span(k.Nanos))
	}
	if s.Trouble != "" {
		fmt.Fprintf(w, "  trouble  %s\n", s.Trouble)
	}
	fmt.Fprintf(w, "  programs %d attached\n", s.programs())
	for _, p := range s.clients() {
		fmt.Fprintf(w, "    %s\tpid %d\t%s\tattached for %s%s\n", programName(p), p.Pid, quantity(int(p.Runs), "run", "runs"), console.Span(p.Nanos), cutOff(p))
		for _, g := range p.Groups {
			fmt.Fprintf(w, "      %s\t%d of %d done\t%d failed\t%d cancelled\n", g.Name, g.Done, g.Total, g.Failed, g.Cancelled)
		}
	}
	if len(x.Results) > 0 {
		fmt.Fprintf(w, "  results  %d published\n", len(x.Results))
	}
	for _, r := range x.Results {
		fmt.Fprintf(w, "    %s\t%s\t%s\t%s\tpublished %s ago%s\n", r.Name, r.Type, r.State, progress.Bytes(r.Bytes), console.Span(r.Nanos), by(r))
	}
	if x.Idle > 0 {
		fmt.Fprintf(w, "  idle     for %s: no program is attached\n", console.Span(x.Idle))
	}
}

// log is the path of the cluster's log.
func (s *sight) log() string { return filepath.Join(filepath.Dir(s.Address), logName) }

// holds says how much of its memory a worker uses for results.
func holds(w word.Worker) string {
	if w.Memory == 0 {
		return progress.Bytes(w.Bytes)
	}
	return progress.Bytes(w.Bytes) + " of " + progress.Bytes(w.Memory)
}

// by says which program has published a result.
func by(r word.Publication) string {
	if r.Program == "" {
		return ""
	}
	return " by " + r.Program
}

// cutOff says that a program has no connection, if so.
func cutOff(p word.Program) string {
	if p.Left == 0 {
		return ""
	}
	return ", cut off, with " + console.Span(p.Left) + " to come back"
}

// programName names what is attached: a program, or tasks of a worker that submit work.
func programName(p word.Program) string {
	switch {
	case p.Worker:
		return "tasks in a worker"
	case p.Name == "":
		return "a program"
	}
	return p.Name
}

// programs counts those that are attached.
func (s *sight) programs() (n int) {
	for _, p := range s.inspected.Programs {
		if !p.Worker {
			n++
		}
	}
	return n
}

// clients returns the programs, and the workers and processes of theirs whose tasks have submitted some that have not ended: these stay
// connected when nothing of theirs runs any more.
func (s *sight) clients() (list []word.Program) {
	for _, p := range s.inspected.Programs {
		if !p.Worker || slices.ContainsFunc(p.Groups, func(g word.Group) bool { return g.Done+g.Failed+g.Cancelled < g.Total }) {
			list = append(list, p)
		}
	}
	return list
}

// results are what --json shows. Every name begins with that of the cluster.
func (s *sight) results() []console.Result {
	of := func(name string, value any, unit string) console.Result {
		return console.Single(s.Name+"/"+name, value, unit)
	}
	if s.err != nil {
		state := "unreachable"
		switch {
		case s.inOrder():
			state = "ended"
		case !s.Lives:
			state = "dead"
		}
		r := of("state", state, "")
		r.Note = s.err.Error()
		return []console.Result{r, of("pid", s.Pid, ""), of("silent", time.Since(s.Seen).Seconds(), "s")}
	}
	x := s.inspected
	list := []console.Result{
		of("state", "up", ""), of("address", s.Address, ""), of("log", s.log(), ""), of("pid", s.Pid, ""),
		of("since", s.Since.UTC().Format(time.RFC3339), ""), of("up", inSeconds(x.Nanos), "s"), of("idle", inSeconds(x.Idle), "s"),
		of("workers", len(x.Workers), ""), of("programs", s.programs(), ""),
	}
	if s.Trouble != "" {
		list = append(list, of("trouble", s.Trouble, ""))
	}
	for _, w := range x.Workers {
		at := fmt.Sprintf("worker/%d/", w.Agent)
		list = append(list, of(at+"name", w.Name, ""), of(at+"pid", w.Pid, ""), of(at+"slots", w.Slots, ""), of(at+"assigned", w.Assigned, "tasks"),
			of(at+"memory", w.Memory, "bytes"), of(at+"results", w.Bytes, "bytes"), of(at+"up", inSeconds(w.Nanos), "s"))
	}
	list = append(list, of("results", len(x.Results), ""))
	for _, r := range x.Results {
		at := "result/" + r.Name + "/"
		list = append(list, of(at+"type", r.Type, ""), of(at+"state", r.State, ""), of(at+"bytes", r.Bytes, "bytes"),
			of(at+"published", inSeconds(r.Nanos), "s"), of(at+"by", r.Program, ""))
	}
	for _, p := range s.clients() {
		at := fmt.Sprintf("program/%d/", p.Client)
		list = append(list, of(at+"name", programName(p), ""), of(at+"pid", p.Pid, ""), of(at+"runs", p.Runs, ""), of(at+"attached", inSeconds(p.Nanos), "s"))
		if p.Left > 0 {
			list = append(list, of(at+"left", inSeconds(p.Left), "s"))
		}
		for _, g := range p.Groups {
			at := at + "op/" + g.Name + "/"
			list = append(list, of(at+"total", g.Total, "tasks"), of(at+"done", g.Done, "tasks"), of(at+"failed", g.Failed, "tasks"), of(at+"cancelled", g.Cancelled, "tasks"))
		}
	}
	return list
}

func inSeconds(nanos int64) float64 { return float64(nanos) / 1e9 }
