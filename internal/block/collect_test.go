package block

import (
	"context"
	"runtime/debug"
	"testing"
	"weak"
)

// letGo boxes a value that counts as n bytes, and releases it unless it is to be kept. It returns a pointer that does not keep it.
func letGo(t *testing.T, s *Store, n int64, keep bool) weak.Pointer[[256]byte] {
	t.Helper()
	v := new([256]byte)
	b, err := s.BoxSized(context.Background(), v, n, textForm(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if keep {
		t.Cleanup(b.Release)
	} else {
		b.Release()
	}
	return weak.Make(v)
}

func TestValuesLetGoAreCollectedWhenTheyAreMany(t *testing.T) {
	s := openStore(t, Options{Limit: 64 << 30, GuideHeap: true})
	letGo(t, s, 15<<30, true)
	first := letGo(t, s, 1<<30, false)
	letGo(t, s, 1<<20, true)
	if n := s.Stats().Collections; n != 0 {
		t.Fatalf("%d collections for one gibibyte let go beside fifteen", n)
	}
	letGo(t, s, 1<<30, false)
	letGo(t, s, 1<<20, true)
	if n := s.Stats().Collections; n != 1 {
		t.Fatalf("%d collections after two gibibytes were let go, and not 1", n)
	}
	if first.Value() != nil {
		t.Error("the first value is still there")
	}
	letGo(t, s, 1<<20, true)
	if n := s.Stats().Collections; n != 1 {
		t.Errorf("%d collections without anything let go since the first", n)
	}
}

func TestNothingIsCollectedWhereTheProgramWantsNone(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	s := openStore(t, Options{Limit: 64 << 30, GuideHeap: true})
	first := letGo(t, s, 4<<30, false)
	letGo(t, s, 1<<20, true)
	if s.Stats().Collections != 0 || first.Value() == nil {
		t.Error("the collector ran with GOGC=off")
	}
}
