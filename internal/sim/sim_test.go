package sim_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/sim"
)

var (
	seed  = flag.Uint64("seed", 0, "the seed of TestSeed")
	size  = flag.String("size", "small", "of the scenario of TestSeed: small or large")
	first = flag.Uint64("first", 1, "the first seed of TestRandomScenarios and TestLargeScenarios")
	large = flag.Int("large", 10, "how many seeds TestLargeScenarios runs")
	seeds = flag.Int("seeds", 2000, "how many seeds TestRandomScenarios runs")
)

// TestSeed repeats one scenario.
func TestSeed(t *testing.T) {
	if *seed == 0 {
		t.Skip("no -seed")
	}
	sc := sim.Random(*seed)
	if *size == "large" {
		sc = sim.Large(*seed)
	}
	t.Logf("%+v", sc)
	sc.Story = 1_000_000
	report, err := sim.Run(sc)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
}

func TestRandomScenarios(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = min(n, 100)
	}
	sweep(t, sim.Random, n)
}

// TestLargeScenarios has more of everything: windows that are full, queues that are long, agents that steal.
func TestLargeScenarios(t *testing.T) {
	n := *large
	if testing.Short() {
		n = min(n, 1)
	}
	sweep(t, sim.Large, n)
}

// TestGangsThatFail has gangs in every graph, of which members fail, in some only for a few attempts.
func TestGangsThatFail(t *testing.T) {
	n := *seeds / 4
	if testing.Short() {
		n = min(n, 50)
	}
	sweep(t, failingGangs, n)
}

// TestWhatAttemptsHaveShown has tasks that take more memory than they say, and such that kill their agents, under several schedulers.
func TestWhatAttemptsHaveShown(t *testing.T) {
	n := *seeds / 8
	if testing.Short() {
		n = min(n, 50)
	}
	sweep(t, showing, n)
}

func showing(seed uint64) sim.Scenario {
	sc := sim.Random(seed)
	sc.Memory, sc.Poison, sc.Terms, sc.Walls, sc.Gangs = 300, 60, 1+int(seed%3), 0, 0
	return sc
}

func failingGangs(seed uint64) sim.Scenario {
	sc := sim.Random(seed)
	sc.Gangs, sc.GangFails, sc.Walls = 1000, 600, 0
	return sc
}

// TestLargeNeeds has many tasks that need more than one core, of which few are overtaken before an agent is kept for them.
func TestLargeNeeds(t *testing.T) {
	n := *seeds / 4
	if testing.Short() {
		n = min(n, 50)
	}
	sweep(t, func(seed uint64) sim.Scenario {
		sc := sim.Random(seed)
		sc.Needs, sc.Slots, sc.Walls, sc.Config.Overtaken = 400, sc.Slots+2, 0, 1+int(seed%4)
		return sc
	}, n)
}

// sweep runs scenarios of many seeds, and tells how many failed in which way, and the first failure's story.
func sweep(t *testing.T, of func(uint64) sim.Scenario, n int) {
	var all sim.Report
	kinds := map[string][]uint64{} // of failures: their seeds
	for i := range n {
		report, err := sim.Run(of(*first + uint64(i)))
		all.Add(report)
		if err == nil {
			continue
		}
		var f *sim.Failure
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		if len(kinds) == 0 {
			t.Error(err)
		}
		kind := numbers.ReplaceAllString(strings.Split(f.What, "\n")[0], "N")
		kinds[kind] = append(kinds[kind], f.Scenario.Seed)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Errorf("%d seeds (%d, …): %s", len(kinds[kind]), kinds[kind][0], kind)
	}
	t.Logf("%d seeds from %d: %v", n, *first, all)
}

// numbers are what differs between failures of one kind.
var numbers = regexp.MustCompile(`[0-9]+`)

// TestKeptSeeds repeats scenarios that found mistakes, in the scheduler as it was once or with one line of it taken out:
// each is the only one, or one of few, among thousands that finds its mistake.
func TestKeptSeeds(t *testing.T) {
	for _, k := range kept {
		if _, err := sim.Run(k.of(k.seed)); err != nil {
			t.Errorf("%s: %v", k.found, err)
		}
	}
}

var kept = []struct {
	of    func(uint64) sim.Scenario
	seed  uint64
	found string
}{
	{sim.Random, 333, "an attempt was moved away, and one beside it that takes its result waited for ever"},
	{sim.Random, 123, "results of two attempts of an impure task lived side by side"},
	{sim.Random, 441, "a gang of which a member was lost waited for slots"},
	{sim.Random, 1175, "of a gang only the lost member was made again"},
	{sim.Random, 2223, "a result was made again and its client was not told"},
	{sim.Random, 810, "a task that nobody needed any more went on in secret"},
	{sim.Random, 2381, "a lost result was made again from an input that had been freed"},
	{sim.Random, 1740, "a task that killed every agent was tried for ever"},
	{sim.Random, 1142, "tasks without inputs were lost with the agent that they were divided out to"},
	{sim.Random, 15575, "a task whose inputs were at two agents that could not reach each other was moved to and fro"},
	{sim.Large, 52, "an input had failed while its consumer was given up, and the consumer waited for it"},
	{sim.Random, 14179, "the same, among few agents"},
	{sim.Random, 103270, "a task under suspicion was placed again and again where its input could not be had"},
	{sim.Random, 188484, "a task under suspicion waited for an agent that nobody set free"},
	{sim.Random, 368601, "an input of a gang's consumer was ready and never placed"},
	{sim.Large, 40, "an impure task was made again, and results of its last attempt stayed"},
	{sim.Large, 149, "tasks waited for inputs that were to be made by their own agent, which was kept for a gang"},
	{failingGangs, 94146, "a task that killed its agent before its inputs were told, each time another of them, was never suspected"},
	{sim.Random, 1548, "what waited in the queue of a lost agent was forgotten"},
}

// TestTheSameSeedIsTheSameRun: a failure that cannot be repeated cannot be understood.
func TestTheSameSeedIsTheSameRun(t *testing.T) {
	for seed := range uint64(200) {
		sc := sim.Random(seed)
		if seed%2 == 1 {
			sc.Tamper = &mutations[int(seed/2)%len(mutations)] // so that there are stories to compare
		}
		one, err1 := sim.Run(sc)
		two, err2 := sim.Run(sc)
		if one != two || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Errorf("seed %d is once %v (%v)\nand then %v (%v)", seed, one, err1, two, err2)
		}
	}
}
