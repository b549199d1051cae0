package exec

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// An op that lends its inputs is given those that are worth mapping as views of pages, and may put its result into the store.
func TestAnOpThatLendsIsGivenPages(t *testing.T) {
	s, err := block.Open(block.Options{Limit: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: 1, MemoryLimit: 16 << 20, Store: s})
	makes := func(n int) *Op {
		return &Op{
			Call: func(context.Context, []any) (any, error) { return &Encoded{Data: bytes.Repeat([]byte{3}, n)}, nil },
			Size: func(v any) (int64, bool) { return int64(len(v.(*Encoded).Data)), true },
			Form: func(any) *block.Form { return EncodedForm },
		}
	}
	lends := *makes(0)
	lends.Lends = true
	lends.Call = func(ctx context.Context, in []any) (any, error) {
		view, ok := in[0].(*block.View)
		if !ok {
			t.Errorf("the large input is %T", in[0])
			return nil, errors.New("no view")
		}
		_, data, ok := view.Loan()
		if !ok || len(data) != LeastLent || data[0] != 3 {
			t.Errorf("%d bytes are lent", len(data))
		}
		if e, ok := in[1].(*Encoded); !ok || len(e.Data) != LeastLent-1 {
			t.Errorf("the smaller input is %T", in[1])
		}
		if e, ok := (*in[2].(*List))[0].(*Encoded); !ok || len(e.Data) != LeastLent {
			t.Errorf("the item of a list is %T", (*in[2].(*List))[0])
		}
		room, err := FromContext(ctx).Results().Room(ctx, LeastLent)
		if err != nil {
			return nil, err
		}
		copy(room.Bytes(), data)
		return room.Box(EncodedForm), nil
	}
	b := graph.NewBuilder()
	call := func(name string, op *Op) uint32 {
		return b.Call(graph.Call{Op: b.Op(graph.Op{Name: name, Impl: op}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	}
	large, small := b.Add(call("large", makes(LeastLent))), b.Add(call("small", makes(LeastLent-1)))
	last := b.Add(call("lends", &lends), graph.OutputRef(large, 0), graph.OutputRef(small, 0), graph.ListRef(1), graph.OutputRef(large, 0))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := x.Submit(g, Want{Tasks: []graph.Index{last}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.WaitAll(t.Context())
	v, f, _ := r.Outcome(last)
	stored, ok := v.(*block.Block)
	if f != nil || !ok {
		t.Fatalf("%T, %v", v, f)
	}
	whole, err := stored.Value(t.Context())
	if err != nil || !bytes.Equal(whole.(*Encoded).Data, bytes.Repeat([]byte{3}, LeastLent)) {
		t.Errorf("another result than was put there, %v", err)
	}
	r.Release(last)
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v", st)
	}
	if err := errors.Join(x.Close(time.Minute), s.Close()); err != nil {
		t.Error(err)
	}
}
