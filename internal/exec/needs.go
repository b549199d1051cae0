package exec

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/braid-compute/braid/graph"
)

// Resource is an amount of something besides slots that tasks can need while they run, in thousandths.
type Resource struct {
	Name   string
	Amount uint32
}

// pool is what there is of a resource: thousandths, or bytes of memory.
type pool struct {
	name       string
	have, used uint64 // used is guarded by the executor's mu
}

// need is what a call needs of a pool while it runs.
type need struct {
	*pool
	amount uint64
}

// Tasks that need something take it when they begin and give it back when their function has returned. Those that cannot
// have it wait in the queue of their class, and the classes have their turn by the age of their first: what that waits for
// is not given to others, so that a large need is not starved by small ones. More than one core is more than one slot: the
// others are taken out of use for as long.
type needs struct {
	pools      map[string]*pool
	classes    []*class        // with tasks that wait
	arrivals   uint64          // numbers the tasks that wait
	grants     map[item]*grant // of tasks that waited and are on their way to a worker
	collecting *collection
}

// class is the tasks that wait for the same.
type class struct {
	*demand
	priority int32
	tasks    fifo[needyTask]
}

type needyTask struct {
	item  item
	order uint64
}

// classOf returns the class of a call. Called with mu held.
func (x *Executor) classOf(d *demand, priority int32) *class {
	for _, k := range x.classes {
		if k.priority == priority && slices.Equal(k.needs, d.needs) {
			return k
		}
	}
	k := &class{demand: d, priority: priority}
	x.classes = append(x.classes, k)
	return k
}

// demand is all that a call needs while it runs.
type demand struct {
	needs []need
	cores int // if it is more than one
}

// grant is what a task has taken.
type grant struct {
	needs   []need
	slots   []*slot // beside its own
	attempt uint32  // of a gang: the one that it is for, from 1
}

// collection is a task that has all it needs except slots: workers lay theirs down for it.
type collection struct {
	item  item
	class *class
	grant *grant
}

func (x *Executor) equip(c Config) {
	x.grants = make(map[item]*grant)
	x.pools = map[string]*pool{"cpu": {name: "cpu", have: 1000 * uint64(max(c.Slots, 1))}}
	if c.MemoryLimit > 0 {
		x.pools["memory"] = &pool{name: "memory", have: uint64(c.MemoryLimit)}
	}
	for _, r := range c.Resources {
		if x.pools[r.Name] == nil {
			x.pools[r.Name] = &pool{name: r.Name, have: uint64(r.Amount)}
		}
	}
}

// resolveNeeds looks up what the run's calls need, and refuses what can never be had.
func (r *Run) resolveNeeds(g *graph.Graph) error {
	for n, c := range g.Calls() {
		k := &r.calls[n]
		t := &g.Traits()[c.Traits].Needs
		list, err := r.x.need(t)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		if list == nil {
			continue
		}
		r.needy, k.demand = true, &demand{needs: list}
		if t.CPU > 1000 {
			k.demand.cores = int(t.CPU+999) / 1000
		}
	}
	return nil
}

// Lacks returns what is missing here for a task with these needs to run ever, or nil.
func (x *Executor) Lacks(n graph.Needs) error {
	_, err := x.need(&n)
	return err
}

// need finds the pools of what a task needs.
func (x *Executor) need(n *graph.Needs) (list []need, err error) {
	add := func(name string, amount uint64) {
		p := x.pools[name]
		switch {
		case amount == 0 || err != nil:
		case p == nil && name == "memory": // without a limit
		case p == nil || amount > p.have:
			err = x.lacking(name, amount)
		default:
			list = append(list, need{p, amount})
		}
	}
	if n.CPU > 1000 {
		add("cpu", uint64(n.CPU))
	}
	add("memory", uint64(max(n.Memory, 0)))
	add("gpu", uint64(n.GPU))
	for _, m := range n.Named {
		add(m.Name, uint64(m.Amount))
	}
	return list, err
}

// lacking says what is needed and what there is.
func (x *Executor) lacking(name string, amount uint64) error {
	switch p := x.pools[name]; {
	case name == "cpu":
		return fmt.Errorf("it needs %v cores, and there are %d slots", unit(name, amount), len(x.slots))
	case name == "memory":
		return fmt.Errorf("it needs %d bytes of memory, and the limit is %d", amount, p.have)
	case p != nil:
		return fmt.Errorf("it needs %v of resource %q, and there is %v", unit(name, amount), name, unit(name, p.have))
	}
	var there []string
	for _, other := range slices.Sorted(maps.Keys(x.pools)) {
		if other != "cpu" && other != "memory" {
			there = append(there, fmt.Sprintf("%v of %q", unit(other, x.pools[other].have), other))
		}
	}
	if there == nil {
		return fmt.Errorf("it needs %v of resource %q, and no resources are offered", unit(name, amount), name)
	}
	return fmt.Errorf("it needs %v of resource %q, and there is only %s", unit(name, amount), name, strings.Join(there, ", "))
}

// unit returns an amount as people count it.
func unit(name string, amount uint64) float64 {
	if name == "memory" {
		return float64(amount)
	}
	return float64(amount) / 1000
}

// acquire takes what a task of a call demands, or returns nil and lets it wait.
func (x *Executor) acquire(it item, c *call, demand *demand) *grant {
	x.mu.Lock()
	defer x.mu.Unlock()
	if g := x.grants[it]; g != nil {
		delete(x.grants, it)
		return g
	}
	if c.gang {
		return x.assemble(it)
	}
	if len(x.classes) == 0 && x.collecting == nil && len(x.idle) >= demand.cores-1 && free(demand.needs, nil) {
		g := x.take(demand.needs)
		for range demand.cores - 1 {
			g.slots = append(g.slots, x.pickUp())
		}
		return g
	}
	x.arrivals++
	x.classOf(demand, c.priority).tasks.push(needyTask{it, x.arrivals})
	x.regrant() // the slots may have been all that was missing
	return nil
}

// take counts needs as used. Called with mu held.
func (x *Executor) take(needs []need) *grant {
	for _, n := range needs {
		n.used += n.amount
	}
	return &grant{needs: needs}
}

// free reports whether there is enough of everything, and nobody waits for any of it. Called with mu held.
func free(needs []need, awaited map[*pool]bool) bool {
	return !slices.ContainsFunc(needs, func(n need) bool { return n.used+n.amount > n.have || awaited[n.pool] })
}

// regrant gives what has become free to those who wait for it. Called with mu held.
func (x *Executor) regrant() {
	if len(x.classes) == 0 {
		return
	}
	awaited, waiting := make(map[*pool]bool), x.heldByWaiting()
	for again := true; again; {
		again = false
		slices.SortFunc(x.classes, func(a, b *class) int {
			return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.tasks.first().order, b.tasks.first().order))
		})
		clear(awaited)
		for _, k := range x.classes {
			if x.grantFirst(k, awaited) {
				again = true // another class may be older now
				break
			}
			for _, n := range k.needs {
				awaited[n.pool] = !waiting[n.pool]
			}
		}
		x.classes = slices.DeleteFunc(x.classes, func(k *class) bool { return k.tasks.len() == 0 })
	}
}

// heldByWaiting returns the pools of which tasks hold something that wait for others: those may need some of it, too, and what
// waits longer for all of it would wait for them. Called with mu held.
func (x *Executor) heldByWaiting() map[*pool]bool {
	var pools map[*pool]bool
	for c := range x.blocked {
		if g := c.extra().held; g != nil {
			for _, n := range g.needs {
				if pools == nil {
					pools = make(map[*pool]bool)
				}
				pools[n.pool] = true
			}
		}
	}
	return pools
}

// grantFirst lets the first task of a class go on, if there is what it needs. Called with mu held.
func (x *Executor) grantFirst(k *class, awaited map[*pool]bool) bool {
	t := k.tasks.first()
	r := x.runOf(t.item)
	switch {
	case r.cancelled.Load() != nil || r.Status(t.item.task()).Settled(): // whoever runs it finds that out
		if g := r.gangOf(t.item.task()); g != nil {
			k.tasks.pop()
			x.disband(g)
			return true
		}
		x.grants[t.item] = new(grant)
	case !free(k.needs, awaited) || k.cores > 1 && x.collecting != nil:
		return false
	case k.cores > 1:
		k.tasks.pop()
		x.collect(t.item, k)
		return true
	default:
		x.grants[t.item] = x.take(k.needs)
		if g := r.gangOf(t.item.task()); g != nil { // of one
			_, x.grants[t.item].attempt = g.leave()
		}
	}
	k.tasks.pop()
	x.injected.push(t.item)
	x.waiting.Add(1)
	return true
}

// collect begins to take slots out of use for a task. Called with mu held.
func (x *Executor) collect(it item, k *class) {
	x.collecting = &collection{item: it, class: k, grant: x.take(k.needs)}
	x.irregular.Add(1)
	for x.collecting != nil {
		s := x.pickUp()
		if s == nil {
			return
		}
		x.collected(s)
	}
}

// collected adds a slot that nobody uses to the collection, and lets the task begin when that was the last. Called with mu
// held.
func (x *Executor) collected(s *slot) {
	c := x.collecting
	c.grant.slots = append(c.grant.slots, s)
	if len(c.grant.slots) < c.class.cores {
		return
	}
	x.endCollection()
	if g := x.gangAt(c.item); g != nil {
		x.launch(g, c.grant)
		return
	}
	s, c.grant.slots = c.grant.slots[0], c.grant.slots[1:]
	x.grants[c.item] = c.grant
	x.startOn(s, c.item)
}

// startOn lets a task begin on a slot that nobody uses. Called with mu held.
func (x *Executor) startOn(s *slot, it item) {
	s.inHand(it)
	if bell := s.parked; bell != nil {
		s.parked = nil
		bell <- true // it has room
		return
	}
	x.driving.Add(1)
	x.start(s)
}

func (x *Executor) endCollection() {
	x.collecting = nil
	x.irregular.Add(-1)
}

// dropGrant gives back what was meant for a task that does not run.
func (x *Executor) dropGrant(it item) {
	x.mu.Lock()
	g := x.grants[it]
	delete(x.grants, it)
	x.mu.Unlock()
	x.giveBack(g)
}

// dismissNeedy lets the tasks of cancelled runs wait no longer.
func (x *Executor) dismissNeedy() {
	x.mu.Lock()
	if c := x.collecting; c != nil && x.runOf(c.item).cancelled.Load() != nil {
		x.endCollection()
		x.release(c.grant)
		x.injected.push(c.item)
		x.waiting.Add(1)
	}
	for _, k := range x.classes {
		var rest fifo[needyTask]
		for k.tasks.len() > 0 {
			if t := k.tasks.pop(); x.runOf(t.item).cancelled.Load() == nil {
				rest.push(t)
			} else {
				x.injected.push(t.item)
				x.waiting.Add(1)
			}
		}
		k.tasks = rest
	}
	x.classes = slices.DeleteFunc(x.classes, func(k *class) bool { return k.tasks.len() == 0 })
	x.regrant()
	x.mu.Unlock()
	x.wakeMany()
}

// giveBack returns what a task had taken, if that is anything.
func (x *Executor) giveBack(g *grant) {
	if g == nil {
		return
	}
	x.mu.Lock()
	x.release(g)
	x.regrant()
	x.mu.Unlock()
	x.wakeMany()
}

// release takes a grant back. Called with mu held.
func (x *Executor) release(g *grant) {
	for _, n := range g.needs {
		n.used -= n.amount
	}
	g.needs = nil
	x.giveSlots(g)
}

// giveCores returns the cores of a task that waits for others: they may need them. It goes on without them.
func (x *Executor) giveCores(g *grant) {
	x.mu.Lock()
	var rest []need
	for _, n := range g.needs {
		if n.name == "cpu" {
			n.used -= n.amount
		} else {
			rest = append(rest, n)
		}
	}
	g.needs = rest
	x.giveSlots(g)
	x.regrant()
	x.mu.Unlock()
	x.wakeMany()
}

// giveSlots puts slots back into use. Called with mu held.
func (x *Executor) giveSlots(g *grant) {
	for _, s := range g.slots {
		if x.closed {
			s.dismiss()
			continue
		}
		if x.resuming.len() > 0 {
			s.dismiss()
			x.popResuming() <- s
			continue
		}
		x.layDown(s, s.parked)
	}
	g.slots = nil
}

// dismiss lets the worker that is parked at the slot go.
func (s *slot) dismiss() {
	if s.parked != nil {
		s.parked <- false
		s.parked = nil
	}
}

// wakeMany sets idle slots to work: several tasks may have been let in at once.
func (x *Executor) wakeMany() {
	for n := x.sleeping.Load(); n > 0 && x.hasWork(); n-- {
		x.wake()
	}
}

// closeNeeds lets the workers of collected slots go. Called with mu held, when closed is set.
func (x *Executor) closeNeeds() {
	if c := x.collecting; c != nil {
		for _, s := range c.grant.slots {
			s.dismiss()
		}
		x.endCollection()
	}
}

// explainNeeds says what a task waits for, if it waits for something that it needs. Called with mu held.
func (x *Executor) explainNeeds(it item) (text string, waits bool) {
	if g := x.gangAt(it); g != nil {
		return x.explainGang(g, it), true
	}
	if c := x.collecting; c != nil && c.item == it {
		return fmt.Sprintf("%d cores, of which %d are free so far", c.class.cores, len(c.grant.slots)), true
	}
	for _, k := range x.classes {
		if !k.holds(it) {
			continue
		}
		var parts []string
		for _, n := range k.needs {
			parts = append(parts, fmt.Sprintf("%v of %q, of which %v of %v are in use",
				unit(n.name, n.amount), n.name, unit(n.name, n.used), unit(n.name, n.have)))
		}
		return strings.Join(parts, ", and "), true
	}
	return "", false
}

func (k *class) holds(it item) bool {
	return slices.ContainsFunc(k.tasks.items[k.tasks.head:], func(t needyTask) bool { return t.item == it })
}
