package taskbench

import (
	"fmt"
	"sync"
)

// Kind says what a kernel does.
type Kind uint8

// The kinds of kernels.
const (
	// Empty does nothing.
	Empty Kind = iota
	// Compute does Iterations steps x = a·x + b, each of which needs the one before.
	Compute
	// Memory reads and writes Iterations cache lines of 64 bytes, walking through Bytes of memory that no other running
	// task uses, round and round.
	Memory
	// Imbalanced is Compute with a number of iterations that differs from task to task: evenly drawn from
	// Iterations × (1 ± Imbalance/2), always the same for the same seed, step and point.
	Imbalanced

	kinds = int(Imbalanced) + 1
)

// Kernel is the work of a task.
type Kernel struct {
	Kind       Kind
	Iterations int     // from 0 to 2^40
	Bytes      int     // of Memory, at least 64 and at most 2^30; 0 means 65,536
	Imbalance  float64 // of Imbalanced, from 0 to 2
}

const maxIterations = 1 << 40

func (k Kernel) check() error {
	switch {
	case int(k.Kind) >= kinds:
		return fmt.Errorf("taskbench: there is no kernel of kind %d", k.Kind)
	case k.Iterations < 0 || k.Iterations > maxIterations:
		return fmt.Errorf("taskbench: Kernel.Iterations is %d; it must be from 0 to %d", k.Iterations, maxIterations)
	case k.Bytes != 0 && (k.Bytes < lineSize || k.Bytes > maxBytes):
		return fmt.Errorf("taskbench: Kernel.Bytes is %d; it must be from %d to %d", k.Bytes, lineSize, maxBytes)
	case !(k.Imbalance >= 0 && k.Imbalance <= 2):
		return fmt.Errorf("taskbench: Kernel.Imbalance is %v; it must be from 0 to 2", k.Imbalance)
	}
	return nil
}

// run does the work of a task of graph g. The result is never negative, which nobody but the task can know, so the work is
// not optimised away.
func (k *Kernel) run(g *Graph, step, point int) float64 {
	switch k.Kind {
	case Compute:
		return compute(k.Iterations)
	case Memory:
		return k.stream()
	case Imbalanced:
		return compute(k.iterations(g, step, point))
	default:
		return 0
	}
}

// iterations returns how many iterations a task does.
func (k *Kernel) iterations(g *Graph, step, point int) int {
	switch k.Kind {
	case Compute, Memory:
		return k.Iterations
	case Imbalanced:
		factor := 1 + (g.uniform(uint64(step), uint64(point), 0x1b)-0.5)*k.Imbalance
		return int(float64(k.Iterations) * factor)
	default:
		return 0
	}
}

// compute does n multiplications and additions, one after the other. It does not begin with their fixed point, 0.5: the
// compiler would see that x never changes, and leave an empty loop.
//
//go:noinline
func compute(n int) float64 {
	x := 1.0
	for range n {
		x = x*0.75 + 0.125
	}
	return x
}

const lineSize = 64

type line [lineSize / 8]uint64

// memories holds memory between tasks, so that no more is used than tasks run at once.
var memories sync.Pool

func (k *Kernel) stream() float64 {
	n := k.Bytes / lineSize
	if n == 0 {
		n = 65536 / lineSize
	}
	m, _ := memories.Get().(*[]line)
	if m == nil || len(*m) < n {
		fresh := make([]line, n)
		m = &fresh
	}
	defer memories.Put(m)
	lines, sum := (*m)[:n], uint64(0)
	for at, left := 0, k.Iterations; left > 0; left-- {
		l := &lines[at]
		for w := range l {
			l[w]++
		}
		sum += l[0]
		if at++; at == n {
			at = 0
		}
	}
	return float64(sum)
}
