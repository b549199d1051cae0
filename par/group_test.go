package par_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/par"
)

func TestGroupFunctionsMayWaitForEachOther(t *testing.T) {
	numbers, sum := make(chan int), 0
	g := par.NewGroup(par.WithBudget(t.Context(), 1)) // one core must be enough
	g.Go(func(context.Context) error {
		for x := range numbers {
			sum += x
		}
		return nil
	})
	g.Go(func(context.Context) error {
		defer close(numbers)
		for x := range 10 {
			numbers <- x
		}
		return nil
	})
	if err := g.Wait(); err != nil || sum != 45 {
		t.Errorf("sum %d, err %v", sum, err)
	}
}

func TestGroupErrorCancelsTheOthers(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{
		"error":  func(context.Context) error { return errBoom },
		"panic":  func(context.Context) error { panic(errBoom) },
		"Goexit": func(context.Context) error { runtime.Goexit(); return nil },
	} {
		g := par.NewGroup(t.Context())
		g.Go(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		g.Go(fail)
		err := g.Wait()
		var e *par.Error
		if !errors.As(err, &e) || e.Index != 1 || !errors.Is(err, errBoom) && !errors.Is(err, par.ErrGoexit) {
			t.Errorf("%s: %v, want the failure of function 1", name, err)
		}
	}
}

func TestGroupLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gauge
		start := time.Now()
		group := par.NewGroup(t.Context(), par.Options{Workers: 3})
		for range 9 {
			group.Go(func(ctx context.Context) error {
				g.enter()
				defer g.leave()
				_, err := sleep(ctx, 1)
				return err
			})
		}
		if err := group.Wait(); err != nil || g.most.Load() != 3 || time.Since(start) != 3*time.Second {
			t.Errorf("9 s of sleep, 3 at once: %v, at most %d, err %v", time.Since(start), g.most.Load(), err)
		}
	})
}

func TestGroupDoesNotStartFunctionsAfterItsContextEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		group := par.NewGroup(ctx, par.Options{Workers: 1})
		var ran atomic.Int32
		for range 5 {
			group.Go(func(context.Context) error { ran.Add(1); <-time.After(time.Second); return nil })
		}
		if err := group.Wait(); !errors.Is(err, context.DeadlineExceeded) || ran.Load() != 2 {
			t.Errorf("%d ran, err %v", ran.Load(), err)
		}
	})
}

func TestGroupFunctionsMayStartOthers(t *testing.T) {
	var ran atomic.Int32
	group := par.NewGroup(t.Context())
	var spawn func(depth int) func(context.Context) error
	spawn = func(depth int) func(context.Context) error {
		return func(context.Context) error {
			ran.Add(1)
			if depth > 0 {
				group.Go(spawn(depth - 1))
				group.Go(spawn(depth - 1))
			}
			return nil
		}
	}
	group.Go(spawn(5))
	if err := group.Wait(); err != nil || ran.Load() != 63 {
		t.Errorf("%d ran, err %v", ran.Load(), err)
	}
}

// The functions of a group take cores of the budget, so nested calls find them taken.
func TestGroupCountsAgainstTheBudget(t *testing.T) {
	var g gauge
	meet := meeting(3)
	group := par.NewGroup(par.WithBudget(t.Context(), 4)) // one core of four is the caller's
	for range 3 {
		group.Go(func(ctx context.Context) error {
			if err := meet(ctx); err != nil {
				return err
			}
			err := par.For(ctx, 100, func(context.Context, int, int) error {
				g.enter()
				defer g.leave()
				return nil
			}, par.Options{Schedule: par.Dynamic})
			return errors.Join(err, meet(ctx)) // hold the core until all are done
		})
	}
	if err := group.Wait(); err != nil || g.most.Load() > 3 {
		t.Errorf("%d bodies at once, err %v", g.most.Load(), err)
	}
}
