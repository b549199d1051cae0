//go:build invariants

package block

import (
	"context"
	"runtime/debug"
	"strings"
	"testing"
)

// fault returns what the runtime says when f touches memory that it must not, and "" if nothing stops it.
func fault(f func()) (said string) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			said = p.(error).Error()
		}
	}()
	f()
	return ""
}

func TestAViewThatIsKeptTooLongIsStopped(t *testing.T) {
	s := openStore(t, Options{})
	b := flat(t, s, 1<<20, 5)
	v, err := b.Pin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	kept := v.Bytes()
	v.Release()
	if said := fault(func() { t.Log(kept[12345]) }); said != "" { // the block is still there
		t.Error(said)
	}
	b.Release()
	if said := fault(func() { t.Log(kept[12345]) }); !strings.Contains(said, "fault address") && !strings.Contains(said, "invalid memory address") {
		t.Errorf("reading a freed block: %q", said)
	}
}

func TestAViewOfAnotherProcessThatIsKeptTooLongIsStopped(t *testing.T) {
	s := openStore(t, Options{})
	b := flat(t, s, 1<<20, 5)
	defer b.Release()
	e, ref, err := b.Loan(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Release()
	arena, err := s.Arena()
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPeer(arena)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var kept []byte
	for range 2 { // as it may be lent twice
		if kept, err = p.Bytes(ref); err != nil {
			t.Fatal(err)
		}
	}
	p.Done(ref)
	var was byte
	if said := fault(func() { was = kept[12345] }); said != "" { // somebody else looks at it
		t.Error(said)
	}
	p.Done(ref)
	if said := fault(func() { t.Log(kept[12345]) }); !strings.Contains(said, "fault address") && !strings.Contains(said, "invalid memory address") {
		t.Errorf("reading a block that was given back: %q", said)
	}
	if kept, err = p.Bytes(ref); err != nil || kept[12345] != was {
		t.Errorf("borrowed again: %v", err)
	}
}

func TestABlockThatIsWrittenToIsStopped(t *testing.T) {
	s := openStore(t, Options{})
	buf, err := s.Buffer(context.Background(), 1<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := buf.Bytes()
	kept[0] = 1
	b := buf.Seal()
	if said := fault(func() { kept[0] = 2 }); said == "" {
		t.Error("a sealed block was written to")
	}
	if kept[0] != 1 {
		t.Error("the block has changed")
	}
	b.Release()
}

func TestPagesAreUsedAgainAfterManyOthers(t *testing.T) {
	s := openStore(t, Options{Limit: 1 << 20})
	for k := range 200 { // the arena has 32 MiB of addresses
		b := flat(t, s, 512<<10, byte(k))
		if !b.mem.inArena() {
			t.Fatalf("block %d has no pages: freed ones do not come back", k)
		}
		wants(t, b, 512<<10, byte(k))
		b.Release()
	}
	if got := s.Stats(); got.Resident != 0 || got.Used != 0 {
		t.Errorf("%+v", got)
	}
}

func TestUseAfterReleaseIsStopped(t *testing.T) {
	s := openStore(t, Options{})
	b := flat(t, s, 100, 0)
	v, err := b.Pin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	v.Release()
	for what, f := range map[string]func(){"Bytes": func() { v.Bytes() }, "Release": v.Release} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, "closed") {
					t.Errorf("%s: %q", what, said)
				}
			}()
			f()
		}()
	}
	b.Release()
}
