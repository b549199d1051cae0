package coord

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// BenchmarkReplay is the way of a successor: it opens the folder of a process that has ended, leads, and reads the journal of a
// million tasks, of about a hundred bytes each. Submissions are of different sizes; each was kept by itself.
func BenchmarkReplay(b *testing.B) {
	for _, size := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("tasks=%d", size), func(b *testing.B) {
			total := 1_000_000
			if size == 1 {
				total = 100_000 // that takes long to write
			}
			dir := b.TempDir() + "/c"
			c := open(b, Options{Dir: dir, SnapshotBytes: 8 << 30})
			_, j := lead(b, c)
			k := Keep(within(b), j)
			g := submission(b, 1, size, 98)
			start := time.Now()
			for n := range total / size {
				if err := k.Append([]any{sched.Submitted{Client: 1, Run: word.Run(n + 1), Graph: g}}); err != nil {
					b.Fatal(err)
				}
			}
			written := time.Since(start)
			grown := j.grown
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
			var opened, replayed time.Duration
			for b.Loop() {
				start := time.Now()
				c := open(b, Options{Dir: dir})
				_, j := lead(b, c)
				opened += time.Since(start)
				start = time.Now()
				tasks := 0
				for what, err := range Keep(within(b), j).Replay() {
					if err != nil {
						b.Fatal(err)
					}
					if ev, ok := what.(sched.Submitted); ok {
						tasks += ev.Graph.Len()
					}
				}
				replayed += time.Since(start)
				if tasks != total {
					b.Fatalf("%d tasks", tasks)
				}
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
			}
			perMillion := 1e6 / float64(total)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(grown)/1e6, "MB")
			b.ReportMetric(written.Seconds()*perMillion, "s-written/1M")
			b.ReportMetric(opened.Seconds()/float64(b.N)*1e3, "ms-open")
			b.ReportMetric(replayed.Seconds()/float64(b.N)*perMillion, "s-replay/1M")
		})
	}
}

// BenchmarkAppend is one small record, kept before the next one.
func BenchmarkAppend(b *testing.B) {
	for _, always := range []bool{false, true} {
		b.Run(fmt.Sprintf("sync=%v", always), func(b *testing.B) {
			_, j := lead(b, open(b, Options{SyncAlways: always}))
			ctx, r := within(b), bytes.Repeat([]byte{1}, 100)
			for b.Loop() {
				if err := j.Append(ctx, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen is a cluster that begins in this process, and one that is attached to.
func BenchmarkOpen(b *testing.B) {
	b.Run("begin", func(b *testing.B) {
		for b.Loop() {
			c, err := Open(within(b), Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
	b.Run("attach", func(b *testing.B) {
		conn := serve(b, open(b, Options{}))
		for b.Loop() {
			c, err := Open(within(b), Options{Dial: conn})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
}

// BenchmarkSnapshot is a snapshot of a million tasks of about a hundred bytes each: for so long, the scheduler does nothing else.
func BenchmarkSnapshot(b *testing.B) {
	_, j := lead(b, open(b, Options{SnapshotBytes: 8 << 30}))
	k := Keep(within(b), j)
	g := submission(b, 1, 1000, 98)
	for n := range 1000 {
		k.ledger.Note(sched.Submitted{Client: 1, Run: word.Run(n + 1), Graph: g})
	}
	for b.Loop() {
		if err := k.snapshot(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(j.last.bytes)/1e6, "MB")
}
