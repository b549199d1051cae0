package sim

import (
	"fmt"
	"runtime/debug"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// simulation is a run under way.
type simulation struct {
	sc     Scenario
	rng    random
	now    int64
	agenda agenda
	report Report
	story  story
	err    *Failure

	driver    *driver
	processes []*process // every agent process that ever was
	numbers   []*process // by the number of an agent, from 1
	clients   []*client
	jobs      []*job // by the number of a run, from 1
	gangs     []gang
	links     map[[2]int]*link
	judge     judge
	tampering random
	asking    random // about explanations
	chance    Chance
	oneEvent  [1]sched.Event
	oneEffect [1]sched.Effect
	calm      bool // no further fault
}

// Run runs a scenario to its end, or to the first thing that is wrong: the error is a *Failure then.
func Run(sc Scenario) (Report, error) {
	if sc.Checks == 0 {
		sc.Checks = 64
	}
	if sc.Story == 0 {
		sc.Story = 300
	}
	s := &simulation{sc: sc}
	s.run()
	if s.err != nil {
		return s.report, s.err
	}
	return s.report, nil
}

// run makes a panic of a machine one more way to fail: with the seed and the story.
func (s *simulation) run() {
	defer func() {
		if p := recover(); p != nil {
			s.fail("a panic: %v\n%s", p, debug.Stack())
		}
	}()
	s.start()
	if s.err == nil {
		s.work()
	}
}

// start makes the cluster and plans its faults.
func (s *simulation) start() {
	sc := s.sc
	*s = simulation{sc: sc, rng: random(sc.Seed), tampering: random(sc.Seed ^ 0x7a3), jobs: []*job{nil}, numbers: []*process{nil}, links: map[[2]int]*link{}}
	s.chance.sim = s
	s.judge.init(s)
	s.driver = newDriver(s)
	for i := range sc.Agents {
		s.addProcess(fmt.Sprintf("a%d", i), s.rng.between(1, sc.Slots), i == 0)
	}
	for i := range sc.Clients {
		s.clients = append(s.clients, &client{sim: s, id: i})
	}
	for range sc.Runs {
		owner := s.rng.below(sc.Clients)
		c := s.clients[owner]
		j := s.weave(word.Run(len(s.jobs)), owner, c.jobs)
		if s.err != nil {
			return
		}
		c.jobs = append(c.jobs, j)
		s.jobs = append(s.jobs, j)
		s.judge.jobs = append(s.judge.jobs, newFacts(j))
		s.report.Tasks += len(j.tasks)
	}
	for _, c := range s.clients {
		c.begin()
	}
	for _, p := range s.processes {
		p.connectAfter(int64(s.rng.below(int(sc.Chaos / 4))))
	}
	s.planFaults()
}

// work runs the agenda through the two parts of the run: while faults happen, and after that; and then the end, when
// everything is released.
func (s *simulation) work() {
	s.at(s.sc.Chaos, func() {
		s.calm = true
		for _, c := range s.clients {
			c.finish()
		}
	})
	limit := s.sc.Chaos + s.patience()
	s.runUntil(limit)
	if s.err == nil && !s.calm {
		s.fail("the simulation ended before its time")
	}
	for _, c := range s.clients {
		if s.err == nil {
			c.checkSettled()
		}
	}
	if s.err == nil {
		for _, c := range s.clients {
			c.releaseAll()
		}
		s.runUntil(s.now + s.patience())
	}
	if s.err == nil {
		s.judge.checkEmpty()
	}
	s.report.Nanos = s.now
}

// patience is the virtual time within which everything has to be over: many times what the work and the words take.
func (s *simulation) patience() int64 {
	tasks := int64(s.report.Tasks + 10)
	return 200*Millisecond + tasks*20*(s.sc.Work+20*s.sc.Delay)
}

// runUntil does what is on the agenda up to an instant.
func (s *simulation) runUntil(limit int64) {
	for s.err == nil && len(s.agenda.entries) > 0 {
		e := s.agenda.pop()
		if e.at > limit {
			s.fail("after %d ms of virtual time there is still something to do; the last fault was at %d ms", s.now/Millisecond, s.sc.Chaos/Millisecond)
			return
		}
		s.now = e.at
		e.do()
	}
}

func (s *simulation) instant() sched.Instant { return sched.Instant(s.now) }

// after puts something on the agenda, some time from now.
func (s *simulation) after(nanos int64, do func()) { s.agenda.push(s.now+nanos, do) }

func (s *simulation) at(instant int64, do func()) { s.agenda.push(max(s.now, instant), do) }

// around returns a length of time about the mean, sometimes a much longer one.
func (s *simulation) around(mean int64) int64 {
	if s.rng.one(16) {
		mean *= 8
	}
	return mean/2 + int64(s.rng.next()%uint64(mean+1))
}

// task returns what the simulation knows of a task, nil for none.
func (s *simulation) task(t word.Task) *task {
	if int(t.Run) >= len(s.jobs) || t.Run == 0 || int(t.Index) >= len(s.jobs[t.Run].tasks) {
		return nil
	}
	return &s.jobs[t.Run].tasks[t.Index]
}

// agenda is a heap of what is to be done, by time and then in the order in which it was put there.
type agenda struct {
	entries []entry
	count   uint64
}

type entry struct {
	at    int64
	count uint64
	do    func()
}

func (a *agenda) before(i, j int) bool {
	x, y := &a.entries[i], &a.entries[j]
	return x.at < y.at || x.at == y.at && x.count < y.count
}

func (a *agenda) push(at int64, do func()) {
	a.count++
	a.entries = append(a.entries, entry{at, a.count, do})
	for i := len(a.entries) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.before(i, up) {
			break
		}
		a.entries[i], a.entries[up] = a.entries[up], a.entries[i]
		i = up
	}
}

func (a *agenda) pop() entry {
	top := a.entries[0]
	n := len(a.entries) - 1
	a.entries[0] = a.entries[n]
	a.entries[n] = entry{}
	a.entries = a.entries[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			return top
		}
		if down+1 < n && a.before(down+1, down) {
			down++
		}
		if !a.before(down, i) {
			return top
		}
		a.entries[i], a.entries[down] = a.entries[down], a.entries[i]
		i = down
	}
}
