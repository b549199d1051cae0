package braid

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/session"
	"github.com/braid-compute/braid/internal/word"
)

// Errors of names of results.
var (
	// ErrNotPublished is the error of asking for a name that no result has.
	ErrNotPublished = errors.New("nothing is published under that name")
	// ErrNameTaken is the error of giving a result a name that another one has.
	ErrNameTaken = errors.New("that name is taken")
	// ErrOtherType is the error of asking for a published result of another type than it has.
	ErrOtherType = errors.New("it was published as another type")
)

// Publication is a name and what is known of its result.
type Publication struct {
	Name    string
	Type    string // of the result, as Published takes it
	State   string // of the result: "done", "assigned", "failed" and so on, as in Explanation
	Bytes   int64  // of the result; 0 while that is not known
	Program string // that published it; "" for a client whose tasks run in this process
	Age     time.Duration
}

// Publish gives a result a name, under which every client of the cluster finds it with [Published]: this program later, and other
// programs. It outlives the client: the cluster keeps it until it is unpublished or the cluster ends, and makes it again if a worker is
// lost that held it. The argument is a future, the Futures of a Map as a list, a delayed call, which begins to run, or a value. Publish
// returns as soon as the name is there, which may be before the result is. A client whose tasks run in its own process, or
// in workers that it has started, keeps names until it is closed.
//
// Two results cannot have one name: the error is [ErrNameTaken] then.
func Publish[T any](ctx context.Context, c *Client, name string, a Arg[T]) error {
	if missing(a) {
		return fmt.Errorf("braid: publish %q: the argument is nil", name)
	}
	if err := c.canPublish(ctx, name); err != nil {
		return err
	}
	if err := c.publish(ctx, name, typeName[T](), &identity(a).call); err != nil {
		return fmt.Errorf("braid: publish %q: %w", name, err)
	}
	return nil
}

// Published returns a future of the result that has a name. It has the type with which it was published; another one is
// [ErrOtherType], no result with the name is [ErrNotPublished]. The future is like any other: unpublishing the name does not take it away.
func Published[T any](ctx context.Context, c *Client, name string) (*Future[T], error) {
	if err := c.canPublish(ctx, name); err != nil {
		return nil, err
	}
	p, err := c.published(ctx, name, typeName[T](), caller())
	if err != nil {
		return nil, fmt.Errorf("braid: published %q: %w", name, err)
	}
	f := &Future[T]{handle{c: c, place: p}}
	if c.cluster == nil { // one of several handles
		f.once = new(atomic.Bool)
	}
	if p.run.Sized() {
		runtime.AddCleanup(f, forget, lost{f.place, f.once})
	}
	return f, nil
}

// Unpublish takes a name back, and frees its result when nobody else needs it. Futures that [Published] returned stay good.
func (c *Client) Unpublish(ctx context.Context, name string) error {
	if err := c.canPublish(ctx, name); err != nil {
		return err
	}
	if err := c.unpublish(ctx, name); err != nil {
		return fmt.Errorf("braid: unpublish %q: %w", name, err)
	}
	return nil
}

// Publications returns the results that have names, in the order of these.
func (c *Client) Publications(ctx context.Context) ([]Publication, error) {
	if err := c.canPublish(ctx, ""); err != nil {
		return nil, err
	}
	if c.cluster == nil {
		return c.names.list(), nil
	}
	s, err := c.cluster.of()
	if err != nil {
		return nil, fmt.Errorf("braid: publications: %w", err)
	}
	found, err := s.Publications(ctx)
	if err != nil {
		return nil, fmt.Errorf("braid: publications: %w", err)
	}
	var list []Publication
	for _, p := range found {
		list = append(list, Publication{p.Name, p.Type, p.State, p.Bytes, p.Program, time.Duration(p.Nanos)})
	}
	return list, nil
}

// canPublish returns why nothing can be done about names.
func (c *Client) canPublish(ctx context.Context, name string) error {
	switch {
	case c == nil:
		return errNoClient
	case ctx.Err() != nil:
		return fmt.Errorf("braid: the name %q: %w", name, context.Cause(ctx))
	case c.closed.Load():
		return ErrClosed
	}
	return nil
}

// typeName is how types of results are compared between programs: as the signatures of functions are.
func typeName[T any]() string { return reflect.TypeFor[T]().String() }

// nameError says what a scheduler's refusal is.
func nameError(err error) error {
	var refused *session.NameError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Problem {
	case word.ProblemTaken:
		return fmt.Errorf("%w: %s", ErrNameTaken, refused.Why)
	case word.ProblemUnknown:
		return fmt.Errorf("%w: %s", ErrNotPublished, refused.Why)
	case word.ProblemType:
		return fmt.Errorf("%w: %s", ErrOtherType, refused.Why)
	}
	return err
}

func (c *Client) publish(ctx context.Context, name, typ string, d *call) error {
	if c.cluster == nil {
		return c.names.publish(ctx, c, name, typ, d)
	}
	s, err := c.cluster.of()
	if err != nil {
		return err
	}
	if d.f != passOn || d.kept != nil || hasDelayed(d) { // more than one task
		places, _, err := c.submit(ctx, d)
		if err != nil {
			return err
		}
		defer places[0].run.Release(places[0].index)
		d = &call{f: passOn, n: 1, site: d.site}
		d.args[0] = &handle{c: c, place: places[0]}
	}
	b := newBuilder(c)
	defer b.close()
	if _, err := b.add([]*call{d}); err != nil {
		return err
	}
	b.g.Number(c.number, c.submissions.Add(1))
	g, err := b.g.Build()
	if err != nil {
		return err
	}
	err = s.Publish(ctx, c.cluster.coded(g), name, typ)
	runtime.KeepAlive(d) // until the cluster holds what it takes
	return nameError(err)
}

func (c *Client) published(ctx context.Context, name, typ string, site uintptr) (place, error) {
	if c.cluster == nil {
		return c.names.published(name, typ)
	}
	s, err := c.cluster.of()
	if err != nil {
		return place{}, err
	}
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: passOn.name, Impl: passOn.op})
	i := b.Add(b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(site)}))
	b.Key(i, name)
	b.Number(c.number, c.submissions.Add(1))
	g, err := b.Build()
	if err != nil {
		return place{}, err
	}
	run, err := s.Take(ctx, g, name, typ)
	return place{run: run}, nameError(err)
}

func (c *Client) unpublish(ctx context.Context, name string) error {
	if c.cluster == nil {
		return c.names.unpublish(name)
	}
	s, err := c.cluster.of()
	if err != nil {
		return err
	}
	return nameError(s.Unpublish(ctx, name))
}

// publications are the names of a client whose tasks run in its own process.
type publications struct {
	mu     sync.Mutex
	byName map[string]*publication
}

type publication struct {
	place place
	typ   string
	since time.Time
}

func (n *publications) publish(ctx context.Context, c *Client, name, typ string, d *call) error {
	if err := word.CheckPublication(name, typ); err != nil {
		return err
	}
	if err := n.free(name); err != nil {
		return err
	}
	places, _, err := c.submit(ctx, d)
	if err != nil {
		return err
	}
	if !d.shared() && !places[0].run.Retain(places[0].index) { // there may be other handles, so this one counts
		return ErrReleased
	}
	n.mu.Lock()
	taken := n.byName[name] != nil
	if !taken {
		if n.byName == nil {
			n.byName = make(map[string]*publication)
		}
		n.byName[name] = &publication{place: places[0], typ: typ, since: time.Now()}
	}
	n.mu.Unlock()
	if taken { // meanwhile
		places[0].run.Release(places[0].index)
		return n.free(name)
	}
	return nil
}

// free returns why a name cannot be given.
func (n *publications) free(name string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.byName[name]; p != nil {
		return fmt.Errorf("%w: by a result that was published %v ago: unpublish that, or choose another name", ErrNameTaken, time.Since(p.since).Round(time.Second))
	}
	return nil
}

// published returns a hold on the result of a name.
func (n *publications) published(name, typ string) (place, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.byName[name]
	switch {
	case p == nil:
		return place{}, n.unknown()
	case p.typ != typ:
		return place{}, fmt.Errorf("%w: its type is %s, and %s is asked for", ErrOtherType, p.typ, typ)
	case !p.place.run.Retain(p.place.index):
		return place{}, ErrReleased
	}
	return p.place, nil
}

// unknown says that there is no result with a name. Called with mu held.
func (n *publications) unknown() error {
	return fmt.Errorf("%w: there are %d results with a name", ErrNotPublished, len(n.byName))
}

func (n *publications) unpublish(name string) error {
	n.mu.Lock()
	p := n.byName[name]
	if p == nil {
		defer n.mu.Unlock()
		return n.unknown()
	}
	delete(n.byName, name)
	n.mu.Unlock()
	p.place.run.Release(p.place.index)
	return nil
}

func (n *publications) list() (list []Publication) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(n.byName)) {
		p := n.byName[name]
		x := p.place.run.Explain(p.place.index)
		list = append(list, Publication{Name: name, Type: p.typ, State: x.State, Age: time.Since(p.since)})
	}
	return list
}
