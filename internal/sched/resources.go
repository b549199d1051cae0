package sched

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Resources beside slots are counted here, from the moment when a task is assigned until it ends, so that no agent has more
// than it can run at a time. A task that needs some is strict: it is placed only when its inputs are made.

// resource is something besides slots. Its place in State.resources is another one's when nobody uses it any more.
type resource struct {
	name string
	uses int // by agents that offer it, and by classes of runs
}

// need is an amount of a resource, in thousandths; of memory, in bytes.
type need struct {
	resource int // in State.resources
	amount   uint64
}

// class is what the tasks of a run that need the same have in common. They wait in a queue of their own until an agent has
// room for one. The first class of a run has no needs: tasks wait there when there is no agent at all.
type class struct {
	run    *run
	needs  []need
	worker string // the name of the only agent that may run them
	queue  queue
	listed bool   // in State.waiting
	passed int    // tasks that were assigned while its first one waited for the same
	kept   *agent // for it
}

// classOf returns the number of the class of tasks with these traits, making it when it is new.
func (s *State) classOf(r *run, t *graph.Traits) uint32 {
	c := class{run: r, worker: t.Worker}
	add := func(name string, n uint64) {
		if n > 0 {
			c.needs = append(c.needs, need{s.resource(name), n})
		}
	}
	if t.Needs.CPU > 1000 {
		add("cpu", uint64(t.Needs.CPU))
	}
	add("memory", uint64(max(t.Needs.Memory, 0)))
	add("gpu", uint64(t.Needs.GPU))
	for _, n := range t.Needs.Named {
		add(n.Name, uint64(n.Amount))
	}
	n := slices.IndexFunc(r.classes, func(o *class) bool { return o.worker == c.worker && slices.Equal(o.needs, c.needs) })
	if n >= 0 {
		s.dropNeeds(&c)
		return uint32(n)
	}
	r.classes = append(r.classes, &c)
	return uint32(len(r.classes) - 1)
}

// resource returns the place of a resource, which it counts as used once more.
func (s *State) resource(name string) int {
	n, free := -1, -1
	for k := range s.resources {
		switch x := &s.resources[k]; {
		case x.uses == 0:
			free = k
		case x.name == name:
			n = k
		}
	}
	switch {
	case n >= 0:
	case free >= 0:
		n = free
		s.resources[n] = resource{name: name}
	default:
		n = len(s.resources)
		s.resources = append(s.resources, resource{name: name})
	}
	s.resources[n].uses++
	return n
}

// dropNeeds ends the use that a class makes of resources.
func (s *State) dropNeeds(c *class) {
	for _, n := range c.needs {
		s.resources[n.resource].uses--
	}
}

// equip notes what an agent has. Memory that it does not state is unlimited.
func (s *State) equip(a *agent, j *word.Join) {
	set := func(name string, n uint64) {
		k := s.resource(name)
		for len(a.have) <= k {
			a.have = append(a.have, 0)
		}
		a.have[k] += n
		a.offers = append(a.offers, k)
	}
	set("cpu", 1000*uint64(a.slots))
	memory := uint64(math.MaxInt64)
	if j.Memory > 0 {
		memory = uint64(j.Memory)
	}
	set("memory", memory)
	for _, x := range j.Resources {
		if x.Name != "cpu" && x.Name != "memory" {
			set(x.Name, uint64(x.Amount))
		}
	}
	a.used = make([]uint64, len(a.have))
}

// mayRun reports whether an agent has what a class of tasks needs, free or not.
func (a *agent) mayRun(c *class) bool {
	if c.worker != "" && c.worker != a.name {
		return false
	}
	for _, n := range c.needs {
		if n.resource >= len(a.have) || n.amount > a.have[n.resource] {
			return false
		}
	}
	return true
}

// canTake reports whether an agent has resources, or room, for one more task of a class.
func (s *State) canTake(a *agent, c *class, urgent bool) bool {
	if len(c.needs) > 0 { // what it needs bounds the number of its tasks; a window full of others must not
		return a.reserved == notReserved && a.mayRun(c) && a.hasFree(c) && (urgent || !a.isKeptFrom(c))
	}
	return a.mayRun(c) && (s.hasRoom(a) || urgent && a.reserved == notReserved)
}

func (s *State) occupy(a *agent, c *class) {
	for _, n := range c.needs {
		a.used[n.resource] += n.amount
	}
	if len(c.needs) > 0 && len(s.waiting) > 0 {
		s.overtake(a, c)
	}
}

func (s *State) vacate(a *agent, c *class) {
	for _, n := range c.needs {
		a.used[n.resource] -= n.amount
	}
	s.retry = s.retry || len(s.waiting) > 0
}

// enqueueClass puts a task into the queue of its class.
func (s *State) enqueueClass(c *class, level uint32, i graph.Index) {
	c.queue.push(level, i)
	if c != c.run.classes[0] {
		s.retry = true
		if !c.listed {
			c.listed = true
			s.waiting = append(s.waiting, c)
		}
	}
}

// placeClasses assigns tasks that only some agents can take, if anything changed for them.
func (s *State) placeClasses() {
	if !s.retry {
		return
	}
	s.retry = false
	for n := 0; n < len(s.waiting); n++ { // placing may append
		s.placeClass(s.waiting[n])
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(c *class) bool {
		if c.listed = !c.queue.empty(); !c.listed {
			s.letOthersIn(c)
		}
		return !c.listed
	})
	s.retry = len(s.waiting) > 0 && (s.retry || s.budget <= 0)
}

func (s *State) placeClass(c *class) {
	r := c.run
	if s.runs[r.id] != r {
		c.queue.clear()
		return
	}
	for !c.queue.empty() && s.budget > 0 {
		_, i := c.queue.peek()
		t := r.task(i)
		if t.state != ready || t.queue != classQueue {
			c.queue.pop()
			continue
		}
		a := s.agentFor(c, i)
		if a == nil {
			if c.kept != nil && !s.suits(c.kept, ref{r, i}) {
				s.letOthersIn(c)
			}
			return
		}
		c.queue.pop()
		s.letOthersIn(c)
		s.assign(a, r, i, t)
		s.endAssign(a)
	}
}

// agentFor returns an agent that can take a task of a class now: the one with most of its inputs' bytes, or of the others
// the one with the least to do.
func (s *State) agentFor(c *class, i graph.Index) *agent {
	urgent := c.run.task(i).has(flagUrgent)
	x := ref{c.run, i}
	if a, _ := s.heaviest(c.run, i); a != nil && s.canTake(a, c, urgent) && s.suits(a, x) {
		return a
	}
	var best *agent
	for _, a := range s.live {
		if s.canTake(a, c, urgent) && s.suits(a, x) && (best == nil || a.assigned*int(best.slots) < best.assigned*int(a.slots)) {
			best = a
		}
	}
	return best
}

// refuse ends the tasks of a run that no agent can take. Without any agent, or as long as more are expected, they wait.
func (s *State) refuse(r *run) {
	if len(s.live) == 0 || len(s.live) < s.cfg.Expect || len(r.classes) == 1 {
		return
	}
	refused := make([]string, len(r.classes))
	some := false
	for n, c := range r.classes[1:] {
		if !slices.ContainsFunc(s.live, func(a *agent) bool { return a.mayRun(c) }) {
			refused[n+1] = s.lacking(c)
			some = true
		}
	}
	if !some {
		return
	}
	for i := range graph.Index(r.n) {
		if text := refused[r.callOf(i).class]; text != "" && r.isNeeded(i) {
			if t := r.task(i); t.state.pending() {
				s.fail(r, i, t, word.StatusLost, []byte(text))
			}
		}
	}
}

// lacking says what a class of tasks needs and what there is.
func (s *State) lacking(c *class) string {
	var b strings.Builder
	b.WriteString("it needs ")
	for n, x := range c.needs {
		if n > 0 {
			b.WriteString(" and ")
		}
		b.WriteString(s.amount(x.resource, x.amount))
	}
	if c.worker != "" {
		if len(c.needs) > 0 {
			b.WriteString(" on ")
		}
		fmt.Fprintf(&b, "worker %q", c.worker)
	}
	workers := "workers"
	if len(s.live) == 1 {
		workers = "worker"
	}
	fmt.Fprintf(&b, "; of %d %s", len(s.live), workers)
	if c.worker != "" && !slices.ContainsFunc(s.live, func(a *agent) bool { return a.name == c.worker }) {
		b.WriteString(" none has that name")
		return b.String()
	}
	b.WriteString(" the best has")
	for n, x := range c.needs {
		most := uint64(0)
		for _, a := range s.live {
			if x.resource < len(a.have) && (c.worker == "" || c.worker == a.name) {
				most = max(most, a.have[x.resource])
			}
		}
		if n > 0 {
			b.WriteString(" and")
		}
		b.WriteString(" " + s.amount(x.resource, most))
		if most == 0 {
			b.WriteString(s.offered())
		}
	}
	return b.String()
}

// offered names the resources that agents were started with.
func (s *State) offered() string {
	var names []string
	for k := range s.resources {
		name := s.resources[k].name
		if name != "cpu" && name != "memory" && slices.ContainsFunc(s.live, func(a *agent) bool { return k < len(a.have) && a.have[k] > 0 }) {
			names = append(names, strconv.Quote(name))
		}
	}
	if names == nil {
		return " (workers offer none)"
	}
	slices.Sort(names)
	return " (offered are " + strings.Join(names, ", ") + ")"
}

func (s *State) amount(resource int, n uint64) string {
	switch name := s.resources[resource].name; name {
	case "memory":
		return fmt.Sprintf("%d bytes of memory", n)
	case "cpu":
		if n == 1000 {
			return "1 core"
		}
		return fmt.Sprintf("%v cores", float64(n)/1000)
	default:
		return fmt.Sprintf("%v of resource %q", float64(n)/1000, name)
	}
}
