package braid

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// MaxMeet is how many bytes a task brings to [Meet] at most.
const MaxMeet = 64 << 10 // and what a scheduler takes of one (word.MaxBrought)

// Gang begins to call the function on each of the arguments, all at the same time, and returns one handle for all the
// results: no call begins before there is a slot, and all that it needs, for every one of them. So they can wait for each
// other, with [Meet], or over connections of their own. A gang that is larger than the client's slots together is
// refused.
//
// A gang has its results together. If a call fails, the contexts of the others are cancelled, with a cause that names it, and they
// fail too; with [Retries], all of them are called again. A call that waits for tasks that it submitted itself goes on at
// once when they have ended, although its slot may be in use by then. The programs of a [Command] find rank and size in the
// variables BRAID_RANK and BRAID_SIZE.
//
// The slice is shared, not copied: it must not change until the results are there. ctx bounds only this call.
func (f *Func1[A, R]) Gang(ctx context.Context, c *Client, args []A) *Futures[R] {
	with := f.with.and([]Option{func(s *settings) { s.traits.Lifetime = graph.LifetimeGang }})
	m := mapping{f: f.f, with: with, items: column[A](args), site: caller()}
	return mapped[R](m.submit(ctx, c))
}

// Rank returns the number of the call to which ctx belongs among those of its gang, from 0, and how many they are. A call that
// is of no gang is alone: 0 of 1.
func Rank(ctx context.Context) (rank, size int) {
	if m, ok := ctx.Value(memberKey{}).(*member); ok {
		return m.rank, m.size
	}
	return 0, 1
}

// Meet waits until every call of the gang to which ctx belongs has come as often as this one, and returns what each of them
// brought, by rank: addresses, for example, at which they reach each other. Nobody may change it. A call that is of no gang meets
// itself.
//
// Meet ends with ctx, which is done when another call of the gang fails, and with an error when another call returns without coming. A
// call that has not waited for a meeting to end, because of a shorter ctx, cannot meet the others again. Meet
// goes through the scheduler and is made for little data, at most MaxMeet bytes from each.
func Meet(ctx context.Context, data []byte) ([][]byte, error) {
	if len(data) > MaxMeet {
		return nil, fmt.Errorf("braid: meet: %d bytes were brought, and at most %d are taken: bring the address of the data", len(data), MaxMeet)
	}
	_, size := Rank(ctx)
	if size == 1 {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("braid: meet: %w", context.Cause(ctx))
		}
		return [][]byte{slices.Clone(data)}, nil
	}
	t := exec.FromContext(ctx)
	if t == nil {
		return nil, errors.New("braid: meet: the context is not that of a call")
	}
	all, err := t.Meet(ctx, data)
	if err != nil {
		return nil, fmt.Errorf("braid: meet: %w", err)
	}
	return all, nil
}

// gangVariables tell the program of a call that is of a gang its rank, and how many they are.
func gangVariables(ctx context.Context) []string {
	rank, size := Rank(ctx)
	if size == 1 {
		return nil
	}
	return []string{"BRAID_RANK=" + strconv.Itoa(rank), "BRAID_SIZE=" + strconv.Itoa(size)}
}

// gangMark stands before the signature of a function whose calls are of a gang: they take their rank and the number of them
// as further arguments.
const gangMark = "gang "

// member is the context of a call that is of a gang.
type member struct {
	context.Context
	rank, size int
}

type memberKey struct{}

func (m *member) Value(key any) any {
	if _, ok := key.(memberKey); ok {
		return m
	}
	return m.Context.Value(key)
}

// ganged returns the function as the calls of gangs have it.
func (f *function) ganged() *function {
	f.gang.Do(func() {
		number := taker[int]()
		f.member = &function{
			name: f.name, signature: gangMark + f.signature, site: f.site, typ: f.typ, border: f.border,
			op: &exec.Op{Size: f.op.Size, Encode: f.op.Encode, Call: func(ctx context.Context, in []any) (any, error) {
				m := &member{Context: ctx}
				n := len(in) - 2
				var err error
				if m.rank, err = number(in[n]); err == nil {
					m.size, err = number(in[n+1])
				}
				if err != nil {
					return nil, err
				}
				return f.op.Call(m, in[:n:n])
			}},
		}
	})
	return f.member
}

// placesIn returns the further arguments of n calls of a gang.
func placesIn(b *graph.Builder, n int) []graph.AffineArg {
	return []graph.AffineArg{
		{Ref: graph.ItemRef(b.Literal(ranks(n)).Table(), 0), Map: graph.Identity(uint32(n))},
		{Ref: b.Literal(n)},
	}
}

// ranks is the column of the numbers below it.
type ranks int

func (r ranks) Len() int     { return int(r) }
func (r ranks) At(i int) any { return i }

// refuseGang returns why n calls cannot be a gang on this client.
func (b *builder) refuseGang(s *settings, n int) error {
	switch {
	case s.memo != nil:
		return errors.New("Memo keeps results of single calls, and those of a gang are made together: remove the option")
	case s.traits.Isolated:
		return errors.New("Isolated calls run in processes from which they cannot meet the others of a gang: remove the option")
	case b.client.cluster == nil && n > 0:
		return b.client.x.LacksGang(s.traits.Needs, n)
	}
	return nil
}
