package taskbench

import (
	"errors"
	"fmt"
)

// Graph describes a graph of tasks.
type Graph struct {
	Pattern Pattern
	Width   int // most tasks of a step, from 1 to 2^20
	Steps   int // from 1 to 2^30; at most 2^27 tasks in all

	Radix    int     // inputs of Nearest, Spread, RandomNearest (0 means 5) and Random (0 means 3); at most 1024
	Period   int     // steps after which Spread and RandomNearest repeat; 0 means 3
	Fraction float64 // of RandomNearest; 0 means 0.25
	Seed     uint64  // of RandomNearest, Random and the Imbalanced kernel

	Kernel      Kernel
	OutputBytes int // of every task, at least 8 and at most 2^30; 0 means 8
}

const (
	maxWidth = 1 << 20
	maxSteps = 1 << 30
	maxTasks = 1 << 27
	maxRadix = 1 << 10
	maxBytes = 1 << 30
	wordSize = 8
)

// withDefaults fills in what was left out.
func (g Graph) withDefaults() Graph {
	if g.Radix == 0 {
		g.Radix = g.Pattern.radix()
	}
	if g.Period == 0 {
		g.Period = 3
	}
	if g.Fraction == 0 {
		g.Fraction = 0.25
	}
	if g.OutputBytes == 0 {
		g.OutputBytes = wordSize
	}
	return g
}

// Check returns what is impossible about the graph, or nil.
func (g Graph) Check() error {
	var wrong []error
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			wrong = append(wrong, fmt.Errorf("taskbench: %s is %d; it must be from %d to %d", name, n, least, most))
		}
	}
	d := g.withDefaults()
	if int(g.Pattern) >= patterns {
		wrong = append(wrong, fmt.Errorf("taskbench: there is no %v", g.Pattern))
	}
	within("Width", d.Width, 1, maxWidth)
	within("Steps", d.Steps, 1, maxSteps)
	within("Radix", d.Radix, 0, maxRadix)
	within("Period", d.Period, 1, maxSteps)
	within("OutputBytes", d.OutputBytes, wordSize, maxBytes)
	if !(d.Fraction > 0 && d.Fraction <= 1) {
		wrong = append(wrong, fmt.Errorf("taskbench: Fraction is %v; it must be above 0 and at most 1", d.Fraction))
	}
	if err := d.Kernel.check(); err != nil {
		wrong = append(wrong, err)
	}
	if d.Pattern == Dom && d.Steps < d.Width {
		wrong = append(wrong, fmt.Errorf("taskbench: dom of width %d has %d steps; it needs one for each point at least", d.Width, d.Steps))
	}
	if len(wrong) == 0 && d.Width > maxTasks/d.Steps {
		wrong = append(wrong, fmt.Errorf("taskbench: %d × %d tasks are more than %d", d.Width, d.Steps, maxTasks))
	}
	return errors.Join(wrong...)
}

// Points returns the points of a step: [first, end). There are none outside of the graph.
func (g Graph) Points(step int) (first, end int) {
	if step < 0 || step >= g.Steps {
		return 0, 0
	}
	switch g.Pattern {
	case Dom:
		return max(0, step+g.Width-g.Steps), min(g.Width, step+1)
	case Tree:
		if step < 20 {
			return 0, min(g.Width, 1<<step)
		}
	}
	return 0, g.Width
}

// Tasks returns the number of tasks.
func (g Graph) Tasks() int {
	switch g.Pattern {
	case Dom, Tree:
		n := 0
		for t := range g.Steps {
			first, end := g.Points(t)
			n += end - first
		}
		return n
	}
	return g.Width * g.Steps
}

// Parallelism returns how many of so many cores the graph can keep busy on average, if all tasks take equally long and
// running them costs nothing: tasks over the rounds that a greedy schedule needs, step by step and point by point (R. L.
// Graham, "Bounds for certain multiprocessing anomalies", 1966).
func (g Graph) Parallelism(cores int) float64 {
	g = g.withDefaults()
	busy := []int32{}          // cores in use in each round
	open := 0                  // the first round with a free core
	ended := []int{}           // the round after that of each point of the step before
	inputs := make([]int32, 0) // of a task
	tasks := 0
	for t := range g.Steps {
		first, end := g.Points(t)
		before, _ := g.Points(t - 1)
		ends := make([]int, end-first)
		for i := first; i < end; i++ {
			round := open
			inputs = g.appendInputs(inputs[:0], t, i)
			for _, j := range inputs {
				round = max(round, ended[int(j)-before])
			}
			for round < len(busy) && int(busy[round]) == cores {
				round++
			}
			for round >= len(busy) {
				busy = append(busy, 0)
			}
			busy[round]++
			for open < len(busy) && int(busy[open]) == cores {
				open++
			}
			ends[i-first] = round + 1
			tasks++
		}
		ended = ends
	}
	return float64(tasks) / float64(len(busy))
}

// A word names a task in 63 bits: number of the graph, step, point.
const (
	pointBits = 20
	stepBits  = 31
	graphBits = 12
	maxGraphs = 1 << graphBits
)

func word(graph, step, point int) int64 {
	return int64(graph)<<(stepBits+pointBits) | int64(step)<<pointBits | int64(point)
}

func parseWord(w int64) (graph, step, point int) {
	return int(w >> (stepBits + pointBits)), int(w >> pointBits & (1<<stepBits - 1)), int(w & (1<<pointBits - 1))
}

// mix is the finaliser of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014): every bit of the result depends on every bit of x.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform returns a number in [0, 1) that three numbers and the graph's seed decide.
func (g *Graph) uniform(a, b, c uint64) float64 {
	return float64(mix(mix(mix(g.Seed^a)^b)^c)>>11) * (1.0 / (1 << 53))
}
