package clib

import (
	"context"
	"runtime"
	"sync"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

// Func registers a function under a name, as [braid.Func] does, that calls a function of a shared library. F is its type as Go has it:
// integers and floats of the same sizes, pointers for what is passed by reference, as Fortran does without the attribute value. call is given that
// function and the argument. The library must not keep pointers beyond the call.
func Func[F, A, R any](name string, l *Library, function string, call func(f F, arg A) (R, error)) *braid.Func1[A, R] {
	var f F
	bind := sync.OnceValue(func() error { return l.function(function, &f) })
	return braid.Func(name, func(ctx context.Context, arg A) (result R, err error) {
		cores := coresOf(ctx)
		if err := l.open(cores); err != nil {
			return result, err
		}
		if err := bind(); err != nil {
			return result, err
		}
		runtime.LockOSThread() // how many threads OpenMP uses is known to one
		defer runtime.UnlockOSThread()
		l.limit(cores)
		return call(f, arg)
	})
}

// coresOf is how many cores a call may use.
func coresOf(ctx context.Context) int {
	if b, ok := ctx.Value(par.BudgetKey{}).(*par.Budget); ok && b != nil {
		return b.Cores()
	}
	return 1
}
