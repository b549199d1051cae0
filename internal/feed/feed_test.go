package feed

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func one(int) int { return 1 }

// read takes what there is, and checks that numbers follow each other.
func read(t *testing.T, r *Reader[int], from uint64) (values []int, lost uint64, more <-chan struct{}) {
	t.Helper()
	for {
		b := r.Next()
		lost += b.Lost
		if want := from + b.Lost; b.First != want {
			t.Fatalf("the batch begins with number %d, want %d", b.First, want)
		}
		from = b.First + uint64(len(b.Values))
		values = append(values, b.Values...)
		if more = b.More; more == nil || len(b.Values) == 0 {
			return values, lost, more
		}
	}
}

func TestReadersGetWhatIsKeptInOrder(t *testing.T) {
	f := New(1000, one)
	for n := range 2500 {
		f.Put(n)
	}
	r := f.Reader()
	got, lost, more := read(t, r, 1)
	if len(got) != 1000 || got[0] != 1500 || got[999] != 2499 || lost != 1500 || more == nil {
		t.Errorf("%d values, %d lost", len(got), lost)
	}
	f.Put(7)
	select {
	case <-more:
	default:
		t.Error("nobody was woken")
	}
	f.Close()
	f.Put(8)
	if got, lost, more = read(t, r, 2501); len(got) != 1 || got[0] != 7 || lost != 0 || more != nil {
		t.Errorf("at the end: %v, %d lost", got, lost)
	}
	if len(f.ring) > 1024 {
		t.Errorf("%d places for 1000 values", len(f.ring))
	}
}

func TestWeightsBoundWhatIsKept(t *testing.T) {
	f := New(10, func(v int) int { return v })
	for _, v := range []int{3, 3, 3, 0, 4, 100} {
		f.Put(v)
		if f.weights > 10 && f.kept > 1 {
			t.Errorf("after %d: %d values of weight %d are kept", v, f.kept, f.weights)
		}
	}
	if got, lost, _ := read(t, f.Reader(), 1); len(got) != 1 || got[0] != 100 || lost != 5 {
		t.Errorf("%v are kept, %d lost", got, lost)
	}
	f.Put(1)
	if got, lost, _ := read(t, f.Reader(), 1); len(got) != 1 || got[0] != 1 || lost != 6 {
		t.Errorf("%v are kept, %d lost", got, lost)
	}
}

func TestReadersAtTheirOwnPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20_000
		f := New(500, one)
		var all sync.WaitGroup
		for k := range 3 {
			all.Go(func() {
				var got, lost uint64
				last := -1
				for r := f.Reader(); ; {
					b := r.Next()
					lost += b.Lost
					for _, v := range b.Values {
						if v <= last {
							t.Errorf("%d after %d", v, last)
						}
						last = v
						got++
					}
					if b.More == nil {
						break
					}
					<-b.More
					<-time.After(time.Duration(k) * time.Millisecond)
				}
				if got+lost != n || last != n-1 {
					t.Errorf("reader %d: %d read and %d lost of %d, the last is %d", k, got, lost, n, last)
				}
				if k == 2 && lost == 0 {
					t.Error("the slow reader lost nothing")
				}
			})
		}
		for v := range n {
			f.Put(v)
			if v%100 == 0 {
				<-time.After(time.Millisecond)
			}
		}
		f.Close()
		all.Wait()
	})
}

func TestLimit(t *testing.T) {
	var now time.Duration
	l := NewLimit(10, 2, func() time.Duration { return now })
	pass := func(tries int) (n int) {
		for range tries {
			if l.Allow() {
				n++
			}
		}
		return n
	}
	if n := pass(1000); n != 10 {
		t.Errorf("%d passed at first", n)
	}
	now += 3 * time.Second
	if n := pass(1000); n != 6 {
		t.Errorf("%d passed after three seconds", n)
	}
	now += time.Hour
	if n := pass(1000); n != 10 {
		t.Errorf("%d passed after an hour", n)
	}
	now += 100 * time.Millisecond
	if n := pass(1000); n != 0 {
		t.Errorf("%d passed too early", n)
	}
}

func BenchmarkPut(b *testing.B) {
	f := New(1<<13, one)
	for b.Loop() {
		f.Put(1)
	}
}

func BenchmarkDenied(b *testing.B) {
	start := time.Now()
	l := NewLimit(1, 0, func() time.Duration { return time.Since(start) })
	for b.Loop() {
		l.Allow()
	}
}
