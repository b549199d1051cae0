package taskbench

import (
	"fmt"
	"strings"
)

// Pattern says which outputs of the step before a task takes. W is the width, i the task's point, t its step.
type Pattern uint8

// The eleven patterns of Task Bench, and Random. All but Trivial take nothing at step 0.
const (
	// Trivial: nothing, at any step.
	Trivial Pattern = iota
	// NoComm: i.
	NoComm
	// Stencil1D: i-1, i, i+1, as far as they exist.
	Stencil1D
	// Stencil1DPeriodic: i-1, i, i+1, modulo W.
	Stencil1DPeriodic
	// Dom: i-1, i, as far as they exist; a wavefront. Step t has the points from max(0, t+W-steps) to min(W-1, t), so there
	// must be W steps at least. Task Bench's are the same from 2W-1 steps on.
	Dom
	// Tree: i/2, rounded down. Step t has min(W, 2^t) points.
	Tree
	// FFT: i-d, i, i+d, as far as they exist, with d = 2^((t-1) mod ⌈log2 W⌉).
	FFT
	// AllToAll: all.
	AllToAll
	// Nearest: from i-⌊r/2⌋ to i+⌊(r-1)/2⌋, as far as they exist, with r the radix.
	Nearest
	// Spread: (i + ⌊kW/r⌋ + s) modulo W for k from 0 to r-1, with r the radix and s = t mod period, but 0 for k = 0.
	Spread
	// RandomNearest: i, and each other point of Nearest with the probability Fraction. The draw depends on t mod period.
	RandomNearest
	// Random: radix different points from anywhere, or all if there are fewer, drawn anew for every task. It is not one of
	// Task Bench's.
	Random

	patterns = int(Random) + 1
)

var patternNames = [patterns]string{
	"trivial", "no_comm", "stencil_1d", "stencil_1d_periodic", "dom", "tree", "fft", "all_to_all", "nearest", "spread",
	"random_nearest", "random",
}

// String returns the name that Task Bench uses, such as stencil_1d.
func (p Pattern) String() string {
	if int(p) >= patterns {
		return fmt.Sprintf("pattern %d", uint8(p))
	}
	return patternNames[p]
}

// PatternNames returns the names of all patterns.
func PatternNames() []string { return append([]string(nil), patternNames[:]...) }

// ParsePattern returns the pattern of that name.
func ParsePattern(name string) (Pattern, error) {
	for p, n := range patternNames {
		if n == name {
			return Pattern(p), nil
		}
	}
	return 0, fmt.Errorf("taskbench: there is no pattern %q; patterns are %s", name, strings.Join(patternNames[:], ", "))
}

// radix returns the number of inputs that a graph has if it does not say: 5, as in the paper's measurements.
func (p Pattern) radix() int {
	switch p {
	case Nearest, Spread, RandomNearest:
		return 5
	case Random:
		return 3
	}
	return 0
}
