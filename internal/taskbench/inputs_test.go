package taskbench

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// takes says for two tasks of neighbouring steps whether the one at step t and point i takes the output of point j, straight
// from the definitions; the random patterns, which have none, are held against what must be true of them elsewhere.
func takes(g Graph, t, i, j int) bool {
	w := g.Width
	switch g.Pattern {
	case NoComm:
		return j == i
	case Stencil1D:
		return j == i-1 || j == i || j == i+1
	case Stencil1DPeriodic:
		return j == i || (j+1)%w == i || (i+1)%w == j
	case Dom:
		return j == i || j == i-1
	case Tree:
		return i == 2*j || i == 2*j+1
	case FFT:
		d := math.Pow(2, math.Mod(float64(t-1), math.Ceil(math.Log2(float64(w)))))
		return j == i || math.Abs(float64(i-j)) == d
	case AllToAll:
		return true
	case Nearest:
		below, above := g.Radix/2, (g.Radix-1)/2
		return i-below <= j && j <= i+above
	case Spread:
		for k := range g.Radix {
			shift := 0
			if k > 0 {
				shift = t % g.Period
			}
			if (i+int(math.Floor(float64(k)*float64(w)/float64(g.Radix)))+shift)%w == j {
				return true
			}
		}
	}
	return false
}

// exists says whether a step has a point.
func exists(g Graph, t, i int) bool {
	switch g.Pattern {
	case Dom: // begins with point 0, one more each step, and ends with the last point, one less each step
		return i <= t && i < g.Width && g.Width-1-i <= g.Steps-1-t
	case Tree:
		return i < g.Width && float64(i) < math.Pow(2, float64(t))
	}
	return i < g.Width
}

func draw(t *rapid.T) Graph {
	return Graph{
		Pattern: Pattern(rapid.IntRange(0, patterns-1).Draw(t, "pattern")),
		Width:   rapid.IntRange(1, 24).Draw(t, "width"),
		Steps:   rapid.IntRange(1, 24).Draw(t, "steps"),
		Radix:   rapid.IntRange(1, 9).Draw(t, "radix"),
		Period:  rapid.IntRange(1, 5).Draw(t, "period"),
		Seed:    rapid.Uint64().Draw(t, "seed"),
	}
}

func TestInputsAreThoseOfTheDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t)
		if g.Pattern == Dom {
			g.Steps += g.Width
		}
		tasks := 0
		for step := range g.Steps {
			first, end := g.Points(step)
			for i := range g.Width {
				if have := first <= i && i < end; have != exists(g, step, i) {
					t.Fatalf("step %d, point %d: exists: %v", step, i, have)
				}
			}
			tasks += end - first
			for i := first; i < end; i++ {
				checkInputs(t, g, step, i)
			}
		}
		if g.Tasks() != tasks {
			t.Fatalf("%d tasks, and there are %d", g.Tasks(), tasks)
		}
	})
}

func checkInputs(t *rapid.T, g Graph, step, i int) {
	have := g.Inputs(step, i)
	if g.Pattern == RandomNearest || g.Pattern == Random {
		checkRandom(t, g, step, i, have)
		return
	}
	var want []int
	for j := range g.Width {
		if step > 0 && exists(g, step-1, j) && takes(g, step, i, j) {
			want = append(want, j)
		}
	}
	if !slices.Equal(have, want) {
		t.Fatalf("step %d, point %d: takes %v, want %v", step, i, have, want)
	}
}

// checkRandom checks what is true of the inputs whatever is drawn.
func checkRandom(t *rapid.T, g Graph, step, i int, have []int) {
	ascending := slices.IsSorted(have) && len(slices.Compact(slices.Clone(have))) == len(have)
	inside := !slices.ContainsFunc(have, func(j int) bool { return j < 0 || j >= g.Width })
	near := Graph{Pattern: Nearest, Width: g.Width, Steps: g.Steps, Radix: g.Radix}.Inputs(step, i)
	ok := ascending && inside
	switch {
	case step == 0:
		ok = ok && len(have) == 0
	case g.Pattern == Random:
		ok = ok && len(have) == min(g.Radix, g.Width)
	default:
		later := g
		later.Steps += g.Period
		ok = ok && slices.Contains(have, i) && slices.Equal(have, later.Inputs(step+g.Period, i)) &&
			!slices.ContainsFunc(have, func(j int) bool { return !slices.Contains(near, j) })
	}
	if !ok {
		t.Fatalf("step %d, point %d: takes %v", step, i, have)
	}
}

func TestRandomInputsAreDrawnEvenly(t *testing.T) {
	const width, steps = 32, 4000
	random := Graph{Pattern: Random, Width: width, Steps: steps, Seed: 1}
	nearest := Graph{Pattern: RandomNearest, Width: width, Steps: steps, Period: steps, Seed: 1}
	var anywhere [width]int
	others := 0
	for t := 1; t < steps; t++ {
		for _, j := range random.Inputs(t, 7) {
			anywhere[j]++
		}
		others += len(nearest.Inputs(t, 7)) - 1
	}
	for j, n := range anywhere { // binomial: three standard deviations are 55
		if want := 3.0 * steps / width; math.Abs(float64(n)-want) > 70 {
			t.Errorf("random takes point %d %d times of %d, want about %.0f", j, n, steps, want)
		}
	}
	if want := 0.25 * 4 * steps; math.Abs(float64(others)-want) > 220 {
		t.Errorf("random_nearest takes %d other points at %d steps, want about %.0f", others, steps, want)
	}
}

func TestEveryPatternHasAName(t *testing.T) {
	names := PatternNames()
	if len(names) != 12 {
		t.Fatalf("%d names: %q", len(names), names)
	}
	for _, n := range names {
		p, err := ParsePattern(n)
		if err != nil || p.String() != n {
			t.Errorf("%q is read as %v, %v", n, p, err)
		}
	}
	if _, err := ParsePattern("stencil"); err == nil {
		t.Error("stencil is taken for a pattern")
	}
}

func TestImpossibleGraphsAreRefused(t *testing.T) {
	right := Graph{Pattern: Nearest, Width: 4, Steps: 4}
	if err := right.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Graph){
		"pattern": func(g *Graph) { g.Pattern = 99 }, "no width": func(g *Graph) { g.Width = 0 },
		"width": func(g *Graph) { g.Width = maxWidth + 1 }, "steps": func(g *Graph) { g.Steps = -1 },
		"tasks": func(g *Graph) { g.Width, g.Steps = 1<<14, 1<<14 }, "radix": func(g *Graph) { g.Radix = -1 },
		"period": func(g *Graph) { g.Period = -1 }, "fraction": func(g *Graph) { g.Fraction = 1.5 },
		"fraction that is none": func(g *Graph) { g.Fraction = math.NaN() }, "dom": func(g *Graph) { g.Pattern, g.Steps = Dom, 3 },
		"bytes":  func(g *Graph) { g.OutputBytes = 7 },
		"kernel": func(g *Graph) { g.Kernel.Kind = 9 }, "iterations": func(g *Graph) { g.Kernel.Iterations = -1 },
		"memory": func(g *Graph) { g.Kernel.Bytes = 1 }, "imbalance": func(g *Graph) { g.Kernel.Imbalance = 3 },
	} {
		g := right
		change(&g)
		if err := g.Check(); err == nil {
			t.Errorf("%s: %+v is taken for possible", name, g)
		} else if _, err := Prepare(g); err == nil {
			t.Errorf("%s: %+v is prepared", name, g)
		}
	}
}

func TestWordsNameTasks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		graph := rapid.IntRange(0, maxGraphs-1).Draw(t, "graph")
		step := rapid.IntRange(0, maxSteps-1).Draw(t, "step")
		point := rapid.IntRange(0, maxWidth-1).Draw(t, "point")
		if g, s, p := parseWord(word(graph, step, point)); g != graph || s != step || p != point {
			t.Fatalf("%d, %d, %d becomes %d, %d, %d", graph, step, point, g, s, p)
		}
	})
}

func TestParallelismOfKnownGraphs(t *testing.T) {
	for _, c := range []struct {
		g     Graph
		cores int
		want  float64
	}{
		{Graph{Pattern: Stencil1D, Width: 64, Steps: 100}, 2, 2},
		{Graph{Pattern: Stencil1D, Width: 64, Steps: 100}, 200, 64},
		{Graph{Pattern: Trivial, Width: 1, Steps: 100}, 4, 4},
		{Graph{Pattern: NoComm, Width: 1, Steps: 100}, 4, 1},
		{Graph{Pattern: AllToAll, Width: 3, Steps: 10}, 2, 1.5},  // two rounds a step
		{Graph{Pattern: Stencil1D, Width: 3, Steps: 10}, 2, 2},   // the rounds of two steps overlap
		{Graph{Pattern: Tree, Width: 4, Steps: 3}, 2, 7.0 / 4},   // 1, 2 and 4 tasks
		{Graph{Pattern: Tree, Width: 4, Steps: 3}, 4, 7.0 / 3},   //
		{Graph{Pattern: Dom, Width: 3, Steps: 5}, 3, 9.0 / 5},    // 1, 2, 3, 2 and 1
		{Graph{Pattern: FFT, Width: 2, Steps: 1000}, 2, 2},       //
		{Graph{Pattern: Random, Width: 64, Steps: 50}, 1, 1},     //
		{Graph{Pattern: Spread, Width: 1, Steps: 10}, 8, 1},      //
		{Graph{Pattern: Nearest, Width: 1000, Steps: 1}, 7, 6.9}, // 143 rounds
	} {
		if have := c.g.Parallelism(c.cores); math.Abs(have-c.want) > 0.1 {
			t.Errorf("%v, %d × %d on %d cores: %v, want %v", c.g.Pattern, c.g.Width, c.g.Steps, c.cores, have, c.want)
		}
	}
}

func ExampleGraph_Inputs() {
	g := Graph{Pattern: FFT, Width: 8, Steps: 4}
	for step := range g.Steps {
		fmt.Println(g.Inputs(step, 2))
	}
	// Output:
	// []
	// [1 2 3]
	// [0 2 4]
	// [2 6]
}
