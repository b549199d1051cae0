package block

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/braid-compute/braid/internal/invariants"
)

// testArena returns an arena with pages, or skips the test.
func testArena(t testing.TB, limit int64) *arena {
	t.Helper()
	a := &arena{limit: limit}
	if !a.opened() {
		if runtime.GOOS == "linux" {
			t.Fatal("this Linux has no memfd")
		}
		t.Skip("no arena on this system")
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestFreedPagesServeTheNextBlock(t *testing.T) {
	if invariants.Enabled {
		t.Skip("pages are not used again soon in a build with invariants")
	}
	a := testArena(t, 16<<20)
	m := a.take(1<<20, 16<<20)
	for i := range m.bytes {
		m.bytes[i] = 1
	}
	a.give(m)
	if all, kept := a.resident(); all != 1<<20 || kept != 1<<20 {
		t.Errorf("%d bytes hold memory, %d are kept", all, kept)
	}
	again := a.take(1<<20, 16<<20)
	if again.page != m.page || again.bytes[12345] != 1 {
		t.Error("other pages, or zeroed ones, were taken")
	}
	a.give(again)
}

func TestKeptPagesGiveWay(t *testing.T) {
	if invariants.Enabled {
		t.Skip("no pages are kept in a build with invariants")
	}
	a := testArena(t, 16<<20)
	const bound = 2 << 20
	m := a.take(1<<20, bound)
	clear(m.bytes)
	m.bytes[0] = 1
	a.give(m)
	large := a.take(3<<19, bound) // no kept run is so long
	clear(large.bytes)
	if all, kept := a.resident(); all != bound || kept != bound-3<<19 {
		t.Errorf("%d bytes hold memory, %d are kept", all, kept)
	}
	a.shrink(0)
	if all, kept := a.resident(); all != 3<<19 || kept != 0 {
		t.Errorf("%d bytes hold memory, %d are kept", all, kept)
	}
	back := a.take(1<<20, bound)
	if !bytes.Equal(back.bytes, make([]byte, 1<<20)) {
		t.Error("discarded pages hold what they held")
	}
	a.give(back)
	a.give(large)
}

func TestSmallBlocksAndWantOfSpaceGoToTheHeap(t *testing.T) {
	a := testArena(t, 1<<20)
	if m := a.take(leastFlat-1, 1<<20); m.inArena() {
		t.Error("a small block has pages")
	}
	var out []memory
	for range 33 {
		out = append(out, a.take(1<<20, 1<<20))
	}
	for k, m := range out {
		if m.inArena() != (k < 32) || len(m.bytes) != 1<<20 {
			t.Errorf("block %d: in the arena: %v", k, m.inArena())
		}
		a.give(m)
	}
}
