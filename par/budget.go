package par

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// A Budget is a number of cores shared by all calls whose context carries it, at any depth of nesting. A goroutine
// whose context carries a budget holds one core of it, so that a call always makes progress there, whether or not
// another core is free. A Budget is safe for concurrent use and needs no closing.
type Budget struct {
	cores int
	free  atomic.Int64 // cores that no goroutine holds
}

// BudgetKey is the key under which a context carries its *Budget. A context type of one's own takes part by answering
// Value(BudgetKey{}) with a *Budget, which it may make when first asked: this package asks only when a call starts.
type BudgetKey struct{}

var (
	// single serves all budgets of one core: nothing can ever be taken from them, so they need no state of their own.
	single = Budget{cores: 1}

	// process is the budget of calls whose context carries none. Such a caller holds no core yet, so all are free.
	process = sync.OnceValue(func() *Budget {
		b := &Budget{cores: Cores().N}
		b.free.Store(int64(b.cores))
		return b
	})
)

// NewBudget returns a budget of n cores, one of which belongs to the goroutine that gets the context. It states how
// many cores may be used and does not ask any other budget for them. It panics if n is less than 1.
func NewBudget(n int) *Budget {
	if n < 1 {
		panic(fmt.Sprintf("par.NewBudget: %d cores: want at least 1", n))
	}
	if n == 1 {
		return &single
	}
	b := &Budget{cores: n}
	b.free.Store(int64(n - 1))
	return b
}

// Cores returns the number of cores of the budget, held and free.
func (b *Budget) Cores() int { return b.cores }

// WithBudget returns a context whose calls share n cores, one of them the caller's. It replaces the budget that ctx
// carries. With n = 1 all calls below run one item at a time unless they ask for Workers. It panics if n is less than 1.
func WithBudget(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, BudgetKey{}, NewBudget(n))
}

// budgetOf returns the budget that a call with this context works under, and whether the call is nested: whether the
// calling goroutine already holds one of its cores.
func budgetOf(ctx context.Context) (b *Budget, nested bool) {
	if b, _ := ctx.Value(BudgetKey{}).(*Budget); b != nil {
		return b, true
	}
	return process(), false
}

// take takes a core if one is free.
func (b *Budget) take() bool {
	for {
		n := b.free.Load()
		if n <= 0 {
			return false
		}
		if b.free.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// put gives back a core that take gave.
func (b *Budget) put() { b.free.Add(1) }
