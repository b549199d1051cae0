package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/braid-compute/braid/graph"
)

// Verb says what a node is called and what people are shown of it.
type Verb struct {
	Kind   string  // of collection, such as "bag": the package that users know the verb from
	Name   string  // as users write it, such as "FlatMap"
	Detail string  // arguments that decide what it does, as part of the shape; may be empty
	Func   string  // symbol of the user's function; empty for verbs without one
	Elem   string  // type of the elements it yields
	Site   uintptr // the user's line
	Rows   *Rows   // how its elements become a finished partition
}

// String returns the verb as it stands in a shape: name(arguments): type of the elements.
func (v *Verb) String() string {
	args := v.Func
	switch {
	case args == "":
		args = v.Detail
	case v.Detail != "":
		args += ", " + v.Detail
	}
	return fmt.Sprintf("%s(%s): %s", v.Name, args, v.Elem)
}

// Where returns the verb and the user's line, for errors: "bag.FlatMap (main.go:12)".
func (v *Verb) Where() string {
	name := v.Kind + "." + v.Name
	if at := v.At(); at != "" {
		name += " (" + at + ")"
	}
	return name
}

// At returns the user's line, "main.go:12", or nothing.
func (v *Verb) At() string { return graph.Site{PC: v.Site}.String() }

// Rows says how the elements of a stream become a value that a task can have as its result.
type Rows struct {
	// Gather reads the stream, up to limit elements if limit is not negative.
	Gather func(ctx context.Context, stream any, limit int64) (any, error)
	Decode func(data []byte) (any, error)    // reads what another process encoded
	Check  func() error                      // says why what Gather returns cannot be encoded
	Size   func(rows any) (n int64, ok bool) // bytes in memory, if known
}

// Source is where partitions come from.
type Source struct {
	// Parts finds out what partitions there are. It is called in the process of the client only and returns the same
	// for every call.
	Parts func() (Parts, error)
	// Open returns the stream of the elements of one part, which is an item of Parts.
	Open   func(ctx context.Context, part any) (stream any, err error)
	Decode func(data []byte) (any, error) // reads a part that another process encoded
	Check  func() error                   // says why a part cannot be encoded
}

// Parts describes the partitions of a source, at least one: an item for each, which is all that the task which opens it
// is given.
type Parts interface {
	graph.Column
	Bytes() (n int64, ok bool) // of all parts, if known
}

// Reduction makes one partition of all. The partial results are merged in the order of the partitions, in a tree whose shape
// depends on nothing but their number.
type Reduction struct {
	FanIn  int                                                                // how many partial results one task merges, at least 2
	Fold   func(ctx context.Context, stream any) (partial any, err error)     // of one partition
	Merge  func(ctx context.Context, partials []any) (partial any, err error) // of at least one; leaves them as they are
	Finish func(ctx context.Context, partial any) (stream any, err error)
	Decode func(data []byte) (any, error)       // reads a partial result
	Check  func() error                         // says why a partial result cannot be encoded
	Size   func(partial any) (n int64, ok bool) // bytes in memory, if known
}

// Node is a collection: a verb and what it is applied to. It is immutable.
type Node struct {
	verb      Verb
	input     *Node
	source    *Source
	narrow    func(stream any) any
	reduction *Reduction
	origin    *Origin // of a boundary: everything below was built by this plan
	err       error
}

// Origin says which plan built a collection, with which arguments. What it holds is the business of whoever made it.
type Origin struct {
	Name string
	Live any
}

// From returns the collection of a source's elements.
func From(v Verb, s Source) *Node { return &Node{verb: v, source: &s} }

// Broken returns a collection that cannot be computed.
func Broken(v Verb, err error) *Node { return (*Node)(nil).fail(v, err) }

// Narrow returns the collection that apply makes of each partition's stream.
func (n *Node) Narrow(v Verb, apply func(stream any) any) *Node {
	if n.Err() != nil {
		return n.Fail(v, nil)
	}
	return &Node{verb: v, input: n, narrow: apply}
}

// Reduce returns the collection of one partition that a reduction makes.
func (n *Node) Reduce(v Verb, r Reduction) *Node {
	if n.Err() != nil {
		return n.Fail(v, nil)
	}
	return &Node{verb: v, input: n, reduction: &r}
}

// Fail returns a collection that cannot be computed because of err, unless n cannot be computed either: the first error
// is the one to be shown.
func (n *Node) Fail(v Verb, err error) *Node {
	switch {
	case n == nil:
		err = fmt.Errorf("%s: %w", v.Where(), errNone)
	case n.err != nil:
		err = n.err
	}
	return n.fail(v, err)
}

func (n *Node) fail(v Verb, err error) *Node { return &Node{verb: v, input: n, err: err} }

// Within returns the same collection, marked as built by a plan. A mark further in has no meaning any more, because the
// outer plan builds that part too.
func (n *Node) Within(o *Origin) *Node {
	b := &Node{input: n, origin: o, err: n.Err()}
	if n != nil {
		b.verb = n.verb
	}
	return b
}

// Err returns why the collection cannot be computed, as far as that is known: the first mistake that was made in
// building it.
func (n *Node) Err() error {
	if n == nil {
		return errNone
	}
	return n.err
}

var errNone = errors.New("the collection is nil or its zero value: begin with a source of elements")
