package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/internal/layered"
)

// opGroup is the tasks that run the same op or program.
type opGroup struct {
	name   string
	tasks  int
	states []tally
	inputs []tally // by group that is taken from
}

// tally counts one thing.
type tally struct {
	what  string
	group int
	n     int
}

// drawOps makes a box of every op. Arrows lead from ops that were seen first to later ones, so that there is no cycle.
func (p *picture) drawOps() {
	groups := p.groups()
	p.title = fmt.Sprintf("showing %s for %s", plural(len(groups), "op"), plural(p.g.Len(), "task"))
	for to, o := range groups {
		suffix, title := joinTallies(o.states), fmt.Sprintf("%s: %s", o.name, plural(o.tasks, "task"))
		if suffix != "" {
			title += ", " + suffix
		}
		if inputs := joinTallies(o.inputs); inputs != "" {
			title += "; inputs: " + inputs
			if suffix == "" {
				suffix = "inputs: " + inputs
			}
		}
		p.node(fmt.Sprintf("%s × %s", o.name, thousands(o.tasks)), suffix, title, worst(o.states))
		for _, in := range o.inputs {
			if in.group < to {
				p.edges = append(p.edges, layered.Edge{From: in.group, To: to})
			}
		}
	}
	p.legend = append(p.legend, layered.Legend{Class: layered.Plain, Text: p.title})
}

// groups counts tasks, states and inputs by op, in the order in which ops are first used.
func (p *picture) groups() (groups []opGroup) {
	byName := make(map[string]int)
	ofCall := make([]int, len(p.g.calls)) // group plus one
	groupOf := func(call uint32) int {
		if ofCall[call] == 0 {
			name := p.g.CallName(call)
			n, ok := byName[name]
			if !ok {
				n = len(groups)
				byName[name] = n
				groups = append(groups, opGroup{name: name})
			}
			ofCall[call] = n + 1
		}
		return ofCall[call] - 1
	}
	buf := make([]Ref, 0, 8)
	for i := range p.g.tasks {
		call, refs := p.g.Task(Index(i), buf)
		o := &groups[groupOf(call)]
		o.tasks++
		if state := p.state(Index(i)); state != "" {
			o.states = count(o.states, tally{what: state})
		}
		for _, r := range refs {
			if r.Kind() == RefOutput {
				from := groupOf(p.g.CallOf(r.Task()))
				o.inputs = count(o.inputs, tally{what: groups[from].name, group: from})
			}
		}
	}
	return groups
}

// count adds one to the tally of the same thing, which is one of few.
func count(ts []tally, t tally) []tally {
	for n := range ts {
		if ts[n].what == t.what {
			ts[n].n++
			return ts
		}
	}
	t.n = 1
	return append(ts, t)
}

func joinTallies(ts []tally) string {
	var parts []string
	for _, t := range ts {
		parts = append(parts, thousands(t.n)+" "+t.what)
	}
	return strings.Join(parts, ", ")
}

// worst returns the class that a box of many tasks has: what asks for attention first.
func worst(states []tally) layered.Class {
	for _, c := range []layered.Class{layered.Failed, layered.Active, layered.Waiting, layered.Cancelled, layered.Done} {
		if slices.ContainsFunc(states, func(t tally) bool { return classOf(t.what) == c }) {
			return c
		}
	}
	return layered.Plain
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands writes n with a comma between groups of three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for k := len(s) - 3; k > 0; k -= 3 {
		s = s[:k] + "," + s[k:]
	}
	return s
}
