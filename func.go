package braid

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// function is a registered function without its types.
type function struct {
	name      string
	signature string
	site      graph.Site
	op        *exec.Op
	typ       reflect.Type                // of the Go function; nil for braid's own ops
	border    func() error                // why its arguments and results cannot leave the process
	digests   []func(any) ([]byte, error) // how arguments become part of a digest; see Memo
	readable  func(*exec.Encoded) error   // why bytes are no result of it
	present   func() error                // of a program: why it cannot be run here; see Command
	isolate   sync.Once
	isolated  *function // for calls in processes of their own; see alone
	gang      sync.Once
	member    *function // for calls of gangs; see ganged
}

// registry holds the functions of the program by name.
var registry struct {
	mu     sync.Mutex
	byName map[string]*function
}

// register enters a function into the registry. It panics on misuse, with the place: registration happens when package
// variables are initialised, and a program that registers wrongly must not begin.
func register(name string, isNil bool, fn any, op *exec.Op) *function {
	pc, file, line, _ := runtime.Caller(2)
	return registerAs(goKind, name, isNil, fn, op, graph.Site{PC: pc, File: file, Line: line})
}

// The kinds of functions, which stand before their names in ops.
const (
	goKind      = "go/"
	commandKind = "cmd/"
)

// shortName returns the name that a function was registered under, of the name of its op.
func shortName(op string) string {
	if name, ok := strings.CutPrefix(op, commandKind); ok {
		return name
	}
	return strings.TrimPrefix(op, goKind)
}

func (f *function) short() string { return shortName(f.name) }

// registerAs enters a function whose op is of some kind, and which was registered at a place.
func registerAs(kind, name string, isNil bool, fn any, op *exec.Op, at graph.Site) *function {
	file, line := at.File, at.Line
	if name == "" {
		panic(fmt.Sprintf("braid: the function registered at %s:%d has no name: give it one that is unique in the program", file, line))
	}
	if isNil {
		panic(fmt.Sprintf("braid: function %q, registered at %s:%d, is nil", name, file, line))
	}
	f := &function{name: kind + name, signature: reflect.TypeOf(fn).String(), site: at, op: op, typ: reflect.TypeOf(fn)}
	f.border = sync.OnceValue(f.encodable)
	registry.mu.Lock()
	defer registry.mu.Unlock()
	if other := registry.byName[name]; other != nil {
		panic(fmt.Sprintf("braid: function %q is registered twice: at %s:%d and at %s:%d; names are unique in a program",
			name, other.site.File, other.site.Line, file, line))
	}
	if registry.byName == nil {
		registry.byName = make(map[string]*function)
	}
	registry.byName[name] = f
	return f
}

// Func1 is a registered function of one argument. See [Func].
type Func1[A, R any] struct {
	f    *function
	with *settings
}

// Func registers a function under a name and returns it as something to call on a [Client]. Call it where package
// variables are initialised, so that every process of the program knows it:
//
//	var square = braid.Func("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
//
// The name identifies the function in keys, reports and between processes; it must be unique in the program, and a name
// used twice panics naming both places. The function may be called from several goroutines at once and must treat its
// arguments as read-only. Its context is done when the task is cancelled or outlives its time limit; braid cannot stop
// a function that does not look at it.
func Func[A, R any](name string, fn func(context.Context, A) (R, error)) *Func1[A, R] {
	f := register(name, fn == nil, fn, implementation(fn))
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[A]()}, readable[R]()
	return &Func1[A, R]{f: f}
}

// implementation returns what an executor needs to know of a function of one argument.
func implementation[A, R any](fn func(context.Context, A) (R, error)) *exec.Op {
	a := taker[A]()
	return &exec.Op{
		Size: sizer[R](), Encode: encoder[R](), Form: former[R](),
		Call: func(ctx context.Context, in []any) (any, error) {
			x, err := a(in[0])
			if err != nil {
				return nil, err
			}
			return fn(ctx, x)
		},
	}
}

// Fn2 is a registered function of two arguments. See [Func2].
type Fn2[A, B, R any] struct {
	f    *function
	with *settings
}

// Func2 is [Func] for a function of two arguments.
func Func2[A, B, R any](name string, fn func(context.Context, A, B) (R, error)) *Fn2[A, B, R] {
	a, b := taker[A](), taker[B]()
	f := register(name, fn == nil, fn, &exec.Op{
		Size: sizer[R](), Encode: encoder[R](), Form: former[R](),
		Call: func(ctx context.Context, in []any) (any, error) {
			x, err := a(in[0])
			if err != nil {
				return nil, err
			}
			y, err := b(in[1])
			if err != nil {
				return nil, err
			}
			return fn(ctx, x, y)
		},
	})
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[A](), argumentBytes[B]()}, readable[R]()
	return &Fn2[A, B, R]{f: f}
}

// Fn3 is a registered function of three arguments. See [Func3].
type Fn3[A, B, C, R any] struct {
	f    *function
	with *settings
}

// Func3 is [Func] for a function of three arguments. A function of more takes a struct.
func Func3[A, B, C, R any](name string, fn func(context.Context, A, B, C) (R, error)) *Fn3[A, B, C, R] {
	a, b, c := taker[A](), taker[B](), taker[C]()
	f := register(name, fn == nil, fn, &exec.Op{
		Size: sizer[R](), Encode: encoder[R](), Form: former[R](),
		Call: func(ctx context.Context, in []any) (any, error) {
			x, err := a(in[0])
			if err != nil {
				return nil, err
			}
			y, err := b(in[1])
			if err != nil {
				return nil, err
			}
			z, err := c(in[2])
			if err != nil {
				return nil, err
			}
			return fn(ctx, x, y, z)
		},
	})
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[A](), argumentBytes[B](), argumentBytes[C]()}, readable[R]()
	return &Fn3[A, B, C, R]{f: f}
}

// Name returns the name the function was registered under.
func (f *Func1[A, R]) Name() string { return f.f.short() }

// Name returns the name the function was registered under.
func (f *Fn2[A, B, R]) Name() string { return f.f.short() }

// Name returns the name the function was registered under.
func (f *Fn3[A, B, C, R]) Name() string { return f.f.short() }

// With returns the function with options for all its calls, in addition to those it has.
func (f *Func1[A, R]) With(opts ...Option) *Func1[A, R] {
	return &Func1[A, R]{f: f.f, with: f.with.and(opts)}
}

// With returns the function with options for all its calls, in addition to those it has.
func (f *Fn2[A, B, R]) With(opts ...Option) *Fn2[A, B, R] {
	return &Fn2[A, B, R]{f: f.f, with: f.with.and(opts)}
}

// With returns the function with options for all its calls, in addition to those it has.
func (f *Fn3[A, B, C, R]) With(opts ...Option) *Fn3[A, B, C, R] {
	return &Fn3[A, B, C, R]{f: f.f, with: f.with.and(opts)}
}

// Call writes a call down. Nothing runs before the result is submitted or computed.
func (f *Func1[A, R]) Call(a Arg[A]) *Delayed[R] {
	d := &Delayed[R]{call{f: f.f, with: f.with, n: 1, site: caller()}}
	d.args[0] = a
	return d
}

// Call writes a call down. Nothing runs before the result is submitted or computed.
func (f *Fn2[A, B, R]) Call(a Arg[A], b Arg[B]) *Delayed[R] {
	d := &Delayed[R]{call{f: f.f, with: f.with, n: 2, site: caller()}}
	d.args[0], d.args[1] = a, b
	return d
}

// Call writes a call down. Nothing runs before the result is submitted or computed.
func (f *Fn3[A, B, C, R]) Call(a Arg[A], b Arg[B], c Arg[C]) *Delayed[R] {
	d := &Delayed[R]{call{f: f.f, with: f.with, n: 3, site: caller()}}
	d.args[0], d.args[1], d.args[2] = a, b, c
	return d
}

// caller returns the program counter of the user's line: the caller of our caller.
func caller() uintptr {
	var pc [1]uintptr
	runtime.Callers(3, pc[:])
	return pc[0]
}

// sizer returns how the bytes of results of type R are counted: not at all where they cannot be many.
func sizer[R any]() func(any) (int64, bool) {
	switch t := reflect.TypeFor[R](); t.Kind() {
	case reflect.Slice, reflect.String, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Struct, reflect.Array:
		return codec.Size
	default:
		return nil
	}
}

// assembler returns how a list argument becomes a value of slice type A, or nil if A is not a slice. The common element
// types avoid reflection.
func assembler[A any]() func(exec.List) (any, error) {
	t := reflect.TypeFor[A]()
	if t.Kind() != reflect.Slice {
		return nil
	}
	if typed := direct[A](); typed != nil {
		return func(items exec.List) (any, error) { return typed(items) }
	}
	return func(items exec.List) (any, error) {
		s, err := assembleAny(t, items)
		return s.Interface(), err
	}
}

// direct is assembler for the common element types, without an interface around the slice; nil for all others.
func direct[A any]() func(exec.List) (A, error) {
	for _, f := range [...]any{assemble[int], assemble[int64], assemble[float64], assemble[string], assemble[bool]} {
		if typed, ok := f.(func(exec.List) (A, error)); ok {
			return typed
		}
	}
	return nil
}

// taker returns [take] for parameters of type A.
func taker[A any]() func(any) (A, error) {
	typed, assemble := direct[A](), assembler[A]()
	return func(v any) (A, error) {
		if list, ok := v.(*exec.List); ok && typed != nil {
			return typed(*list)
		}
		return take[A](v, assemble)
	}
}

// assembleAny makes a slice of type t of items, which may be lists themselves.
func assembleAny(t reflect.Type, items exec.List) (reflect.Value, error) {
	s := reflect.MakeSlice(t, len(items), len(items))
	for i, v := range items {
		if v == nil {
			continue // the zero value of an interface or pointer type
		}
		if b, ok := v.(*exec.Encoded); ok {
			var err error
			if v, err = decodeAs(t.Elem(), b); err != nil {
				return s, fmt.Errorf("item %d of the list: %w", i, err)
			}
		}
		e := reflect.ValueOf(v)
		if inner, ok := v.(exec.List); ok && t.Elem().Kind() == reflect.Slice {
			var err error
			if e, err = assembleAny(t.Elem(), inner); err != nil {
				return s, fmt.Errorf("item %d of the list: %w", i, err)
			}
		}
		if !e.Type().AssignableTo(t.Elem()) {
			return s, fmt.Errorf("item %d of the list is a %T, and a %v is wanted", i, v, t.Elem())
		}
		s.Index(i).Set(e)
	}
	return s, nil
}

func assemble[E any](items exec.List) ([]E, error) {
	s := make([]E, len(items))
	for i, v := range items {
		e, ok := v.(E)
		if !ok {
			var err error
			if e, err = take[E](v, nil); err != nil {
				return nil, fmt.Errorf("item %d of the list: %w", i, err)
			}
		}
		s[i] = e
	}
	return s, nil
}

func mismatch[A any](v any) error {
	return fmt.Errorf("an argument is a %T, and a %v is wanted", v, reflect.TypeFor[A]())
}
