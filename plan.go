package braid

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/plan"
)

// Collection is a lazy collection, such as a bag of package bag. Only braid's own packages make collections.
type Collection interface {
	// Logical returns what the collection is made of.
	Logical() *plan.Node
	// Planned returns a collection of the same elements that is made of n.
	Planned(n *plan.Node) Collection
}

// Planned is a registered way to build a collection. See [Plan].
type Planned[A any, C Collection] struct {
	p     *planFunction
	build func(A) C
	with  *settings
}

// planFunction is a registered plan without its types.
type planFunction struct {
	f      *function
	build  func(args []byte) (*plan.Node, error)
	builds rebuilds
}

// planCall is what the origin of a collection holds: which plan built it, and of what.
type planCall struct {
	p    *planFunction
	with *settings
	args func() ([]byte, error)
}

// Plan registers a function that builds a collection, and the closures in it, under a name. Call it where package variables
// are initialised, so that every process of the program knows it:
//
//	var wordcount = braid.Plan("wordcount", func(files string) *bag.Bag[bag.Count[string]] {
//		return bag.Frequencies(bag.FlatMap(bag.Lines(files), strings.Fields))
//	})
//
// Closures have no names by which another process could find them. A worker process therefore calls build itself, once for
// each value of the argument, and runs the parts of the collection that it is given; so build must make the same of the same
// argument in every process: it must not look at package variables that change, clocks, random numbers or the order of a
// map, and command braidvet complains if it does. Workers compare what they built with what the client built, as far as it has a
// shape, and refuse a difference. Where files are cut is decided by the client.
//
// The argument must be encodable (see package codec) if the client has worker processes; several are fields of a struct. The
// name must be unique among the plans of the program: a name used twice panics naming both places.
//
// In one process a collection runs with or without a Plan.
func Plan[A any, C Collection](name string, build func(A) C) *Planned[A, C] {
	p := &planFunction{build: func(args []byte) (*plan.Node, error) {
		a, err := codec.Decode[A](args)
		if err != nil {
			return nil, fmt.Errorf("its argument: %w", err)
		}
		return logical(build(a)), nil
	}}
	p.f = registerPlan(name, build == nil, reflect.TypeOf(build), &exec.Op{Size: plan.Size, Encode: encodeAny, Form: formOf, Call: p.run})
	p.f.border = sync.OnceValue(func() error {
		if err := codec.Check[A](); err != nil {
			return fmt.Errorf("its argument cannot be sent to another process: %w", err)
		}
		return nil
	})
	return &Planned[A, C]{p: p, build: build}
}

// logical returns what a collection is made of; nil for the nil interface.
func logical[C Collection](c C) *plan.Node {
	if any(c) == nil {
		return nil
	}
	return c.Logical()
}

// registerPlan enters a plan into the registry of functions. It panics on misuse, with the place, as register does.
func registerPlan(name string, isNil bool, typ reflect.Type, op *exec.Op) *function {
	pc, file, line, _ := runtime.Caller(2)
	switch {
	case name == "":
		panic(fmt.Sprintf("braid: the plan registered at %s:%d has no name: give it one that is unique in the program", file, line))
	case isNil:
		panic(fmt.Sprintf("braid: plan %q, registered at %s:%d, is nil", name, file, line))
	}
	f := &function{
		name: "plan/" + name, signature: plan.Unqualified(typ.String()), typ: typ, op: op,
		site: graph.Site{PC: pc, File: file, Line: line},
	}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	if other := registry.byName[f.name]; other != nil {
		panic(fmt.Sprintf("braid: %q is registered twice: at %s:%d and at %s:%d; names are unique in a program",
			f.name, other.site.File, other.site.Line, file, line))
	}
	if registry.byName == nil {
		registry.byName = make(map[string]*function)
	}
	registry.byName[f.name] = f
	return f
}

// Name returns the name the plan was registered under.
func (p *Planned[A, C]) Name() string { return p.p.f.name[len("plan/"):] }

// With returns the plan with options for all tasks of the collections that it builds, in addition to those it has.
func (p *Planned[A, C]) With(opts ...Option) *Planned[A, C] {
	return &Planned[A, C]{p: p.p, build: p.build, with: p.with.and(opts)}
}

// Call builds the collection. Nothing runs before results of it are asked for.
func (p *Planned[A, C]) Call(a A) C {
	built := p.build(a)
	if any(built) == nil {
		panic(fmt.Sprintf("braid: plan %q (%s) returned no collection, but nil", p.Name(), p.p.f.site))
	}
	origin := &plan.Origin{Name: p.p.f.name, Live: &planCall{
		p: p.p, with: p.with, args: sync.OnceValues(func() ([]byte, error) { return codec.Encode(nil, a) }),
	}}
	return built.Planned(built.Logical().Within(origin)).(C)
}
