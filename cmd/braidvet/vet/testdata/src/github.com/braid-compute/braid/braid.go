// Package braid has the signatures that the analyzer looks for.
package braid

import "context"

type Collection interface{ Logical() }

type Func1[A, R any] struct{}
type Fn2[A, B, R any] struct{}
type Fn3[A, B, C, R any] struct{}
type View[E any] struct{}
type Planned[A any, C Collection] struct{}

func (*Planned[A, C]) Call(a A) (c C) { return }

func Func[A, R any](name string, fn func(context.Context, A) (R, error)) *Func1[A, R] { return nil }
func Func2[A, B, R any](name string, fn func(context.Context, A, B) (R, error)) *Fn2[A, B, R] {
	return nil
}
func Func3[A, B, C, R any](name string, fn func(context.Context, A, B, C) (R, error)) *Fn3[A, B, C, R] {
	return nil
}
func FuncView[E, R any](name string, fn func(context.Context, View[E]) (R, error)) *Func1[[]E, R] {
	return nil
}
func Plan[A any, C Collection](name string, build func(A) C) *Planned[A, C] { return nil }
