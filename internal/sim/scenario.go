package sim

import (
	"fmt"

	"github.com/braid-compute/braid/internal/sched"
)

// Microsecond and Millisecond are lengths of virtual time, which is counted in nanoseconds.
const (
	Microsecond int64 = 1000
	Millisecond       = 1000 * Microsecond
)

// Scenario describes a run. Numbers of faults say how many are planned; a fault that finds nothing to hit is left out.
type Scenario struct {
	Seed uint64
	Size string // "small" for Random, "large" for Large

	Agents  int // at the beginning
	Slots   int // of an agent, at most
	Clients int
	Runs    int // submitted graphs, over all clients
	Tasks   int // of a graph, at most

	Delay int64 // of a word, about
	Work  int64 // of a task, about
	Chaos int64 // when the last fault may happen

	Deaths     int // agents that die, each replaced by a fresh one
	Cuts       int // agents that are cut off from the scheduler and come back
	Terms      int // schedulers that die
	Breaks     int // connections between peers that break
	Losses     int // blocks that are lost where they are held
	Stalls     int // connections that carry nothing for a while
	Walls      int // pairs of agents that cannot reach each other from some time on, for ever
	Joins      int // agents that come later
	Cancels    int // words that cancel tasks
	Releases   int // words that release results early
	Leaves     int // clients that leave early
	Failing    int // tasks that fail, of a thousand
	Impure     int // tasks that give another result at every attempt, of a thousand
	Needs      int // tasks that need more than one core or something special, of a thousand
	Impossible int // tasks that need what no agent has, of a thousand
	Memory     int // tasks that say how much memory they take, and take it or more, of a thousand
	Poison     int // tasks that kill the agent that runs them, of a thousand
	Gangs      int // graphs with a gang, of a thousand
	GangFails  int // gangs of which a member fails at times, of a thousand
	Duplicates int // words about blocks that arrive twice, of a thousand

	// Checks is the number of a machine's steps between two calls of its Check; 0 means 64.
	Checks int
	// Story is the number of events that a failure tells; 0 means 300.
	Story int
	// Config is that of the scheduler; its Term is counted by the simulation.
	Config sched.Config
	// Tamper makes one of the machines wrong; nil leaves them as they are.
	Tamper *Tamper
}

// Random returns a small scenario. Each has some of the kinds of faults, because those that are always there hide what only
// the others bring out.
func Random(seed uint64) Scenario {
	r := random(seed ^ 0x5eed)
	some := func(most int) int {
		if r.one(2) {
			return 0
		}
		return r.between(1, most)
	}
	s := Scenario{
		Seed:    seed,
		Size:    "small",
		Agents:  r.between(1, 4),
		Slots:   r.between(1, 3),
		Clients: r.between(1, 2),
		Runs:    r.between(1, 3),
		Tasks:   r.between(1, 30),
		Delay:   int64(r.between(1, 100)) * Microsecond,
		Work:    int64(r.between(1, 200)) * Microsecond,
		Chaos:   int64(r.between(1, 6)) * Millisecond,
	}
	if r.one(3) {
		s.Slots = 1
	}
	if r.one(2) { // a quiet cluster one time in two: its order is the point
		s.Deaths, s.Cuts, s.Breaks, s.Stalls = some(3), some(3), some(4), some(3)
		if r.one(3) {
			s.Terms = r.between(1, 2)
		}
	}
	if r.one(3) {
		s.Losses = r.between(1, 6)
	}
	s.Joins = some(2)
	s.Cancels, s.Releases = some(2), some(3)
	if r.one(8) {
		s.Leaves = 1
	}
	if r.one(3) {
		s.Failing = r.between(5, 200)
	}
	if r.one(3) {
		s.Impure = r.between(5, 300)
	}
	if r.one(4) {
		s.Needs = r.between(5, 300)
	}
	if r.one(8) {
		s.Impossible = r.between(5, 50)
	}
	if r.one(6) {
		s.Gangs = r.between(100, 1000)
	}
	if r.one(4) {
		s.Duplicates = r.between(10, 300)
	}
	if r.one(2) {
		s.Config.WindowTasks = r.between(1, 12)
	}
	if r.one(4) {
		s.Config.PlanTasks = r.between(1, 8)
	}
	if s.Deaths > 0 && r.one(3) {
		s.Config.Deaths = r.between(1, 2)
	}
	// Between agents that cannot reach each other nothing is relayed, so no task may need to run at one certain agent.
	if s.Breaks > 0 && s.Gangs == 0 && s.Needs == 0 {
		s.Walls = some(2)
	}
	if r.one(8) {
		s.Poison = r.between(5, 60)
	}
	if s.Walls == 0 && r.one(6) { // a claim that has grown may fit at one agent only
		s.Memory = r.between(20, 400)
	}
	return s
}

// Large returns a scenario with more agents and tasks than Random, and with all kinds of faults.
func Large(seed uint64) Scenario {
	r := random(seed ^ 0x1a59e)
	s := Scenario{
		Seed:       seed,
		Size:       "large",
		Agents:     r.between(3, 20),
		Slots:      r.between(1, 6),
		Clients:    r.between(1, 4),
		Runs:       r.between(2, 8),
		Tasks:      r.between(50, 600),
		Delay:      int64(r.between(1, 100)) * Microsecond,
		Work:       int64(r.between(1, 200)) * Microsecond,
		Chaos:      int64(r.between(5, 40)) * Millisecond,
		Deaths:     r.below(8),
		Cuts:       r.below(6),
		Terms:      r.below(3),
		Breaks:     r.below(10),
		Losses:     r.below(20),
		Stalls:     r.below(10),
		Joins:      r.below(4),
		Cancels:    r.below(5),
		Releases:   r.below(8),
		Leaves:     r.below(2),
		Failing:    r.below(20),
		Impure:     r.below(100),
		Needs:      r.below(100),
		Gangs:      r.below(1000),
		Duplicates: r.below(100),
		Checks:     256,
		Config:     sched.Config{WindowTasks: r.between(0, 100)},
	}
	if r.one(3) {
		s.Gangs, s.Needs, s.Walls = 0, 0, r.between(1, 3)
	}
	if r.one(4) {
		s.Poison = r.between(1, 5)
	}
	return s
}

// Report counts what happened in a run.
type Report struct {
	Tasks      int   // of all graphs
	Steps      int   // of all machines
	Words      int   // that arrived
	Assigned   int   // attempts
	Made       int   // blocks
	Again      int   // attempts of tasks that had been made before
	Failed     int   // attempts
	Fetched    int   // results read by clients and found right
	Delivered  int   // blocks between agents
	Revoked    int   // attempts asked back
	Returned   int   // of them
	Missing    int   // inputs reported
	Resolved   int   // of them
	Cancelled  int   // attempts
	Freed      int   // blocks
	Deaths     int   // of agents
	Rejoins    int   // of agents that were cut off, or whose scheduler died
	Announced  int   // blocks that they brought back
	Terms      int   // of schedulers
	Breaks     int   // of connections between peers
	Lost       int   // blocks that were lost where they were held
	Duplicates int   // words that came twice
	Exceeded   int   // attempts that took more memory than they might
	Tampered   int   // times that the Tamper did something
	Nanos      int64 // of virtual time
}

// Add adds the counts of another run.
func (r *Report) Add(o Report) {
	r.Tasks += o.Tasks
	r.Steps += o.Steps
	r.Words += o.Words
	r.Assigned += o.Assigned
	r.Made += o.Made
	r.Again += o.Again
	r.Failed += o.Failed
	r.Fetched += o.Fetched
	r.Delivered += o.Delivered
	r.Revoked += o.Revoked
	r.Returned += o.Returned
	r.Missing += o.Missing
	r.Resolved += o.Resolved
	r.Cancelled += o.Cancelled
	r.Freed += o.Freed
	r.Deaths += o.Deaths
	r.Rejoins += o.Rejoins
	r.Announced += o.Announced
	r.Terms += o.Terms
	r.Breaks += o.Breaks
	r.Lost += o.Lost
	r.Duplicates += o.Duplicates
	r.Exceeded += o.Exceeded
	r.Tampered += o.Tampered
	r.Nanos += o.Nanos
}

func (r Report) String() string {
	return fmt.Sprintf("%d tasks, %d steps, %d words, %d attempts (%d again), %d made, %d failed, %d fetched, %d delivered, %d revoked (%d returned), %d missing (%d resolved), %d cancelled, %d freed, %d deaths, %d exceeded, %d rejoins (%d blocks), %d terms, %d breaks, %d duplicates, %d ms",
		r.Tasks, r.Steps, r.Words, r.Assigned, r.Again, r.Made, r.Failed, r.Fetched, r.Delivered, r.Revoked, r.Returned,
		r.Missing, r.Resolved, r.Cancelled, r.Freed, r.Deaths, r.Exceeded, r.Rejoins, r.Announced, r.Terms, r.Breaks, r.Duplicates, r.Nanos/Millisecond)
}
