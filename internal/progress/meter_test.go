package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// job is invented work whose state follows from the time.
func job(elapsed time.Duration) Snapshot {
	tasks := func(from time.Duration, perSecond, total float64) int64 {
		return int64(min(max((elapsed-from).Seconds(), 0)*perSecond, total))
	}
	load, fit := tasks(0, 8, 40), tasks(time.Second, 50, 1000)
	s := Snapshot{
		Elapsed: elapsed, CPU: elapsed * 9 / 5, Slots: 2, CoresHeld: 2, Running: 2, Memory: 3 << 29, MemoryLimit: 4 << 30,
		Groups: []Group{
			{Name: "load", Total: 40, Done: load, Busy: time.Duration(load) * time.Second / 10},
			{Name: "fit\x1b[2J", Total: 1000, Done: fit - fit/200, Failed: fit / 200, Retried: fit / 100, Busy: time.Duration(fit) * 40 * time.Millisecond},
			{Name: "mean of all", Total: 1},
		},
	}
	if elapsed >= 22*time.Second {
		s.Groups[2].Done, s.Running = 1, 0
	}
	return s
}

// since makes a reader of a job that begins now.
func since(job func(time.Duration) Snapshot) func() Snapshot {
	begin := time.Now()
	return func() Snapshot { return job(time.Since(begin)) }
}

// wait lets the time of a bubble pass.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestATerminalShowsLinesThatMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 80, 24)
		read := since(job)
		m := start(tm, read, tm.screen())
		var b strings.Builder
		look := func(what string) { fmt.Fprintf(&b, "== %s: %s\n%s", read().Elapsed, what, tm) }

		wait(450 * time.Millisecond)
		look("too early")
		wait(100 * time.Millisecond)
		look("the first lines")
		wait(3 * time.Second)
		m.Say("a warning\tof \x1b[2Jtwo\nlines\n")
		look("a warning, at once")
		fmt.Fprintln(tm, "result 17")
		wait(100 * time.Millisecond)
		look("the program has printed a line by itself")
		tm.resize(40, 24)
		wait(100 * time.Millisecond)
		look("a narrow window")
		tm.resize(20, 4)
		wait(100 * time.Millisecond)
		look("a tiny one")
		tm.resize(80, 24)
		wait(14 * time.Second)
		look("nearly done")
		m.Hide()
		look("hidden")
		wait(100 * time.Millisecond)
		look("shown again")
		wait(5 * time.Second)
		look("all is done")
		m.Stop(read())
		look("stopped")
		golden(t, "terminal.golden", b.String())
	})
}

func TestOtherWritersGetALineEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 200, 24) // which is no *os.File, so that Start does not see a terminal in it
		read := since(job)
		m := Start(tm, read)
		wait(9 * time.Second)
		if tm.written() > 0 {
			t.Errorf("in the first seconds:\n%s", tm)
		}
		wait(time.Minute) // nothing happens in its second half, and nothing is said of it
		m.Say("a warning")
		m.Stop(read())
		m.Stop(read())
		golden(t, "plain.golden", tm.String())
	})
}

func TestShortAndIdleProgramsStaySilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 80, 24)
		// 0.3 s of work at the beginning of every two seconds.
		m := start(tm, since(func(elapsed time.Duration) Snapshot {
			n, rest := int64(elapsed/(2*time.Second)), elapsed%(2*time.Second)
			g := Group{Name: "burst", Total: n + 1, Done: n}
			if rest > 300*time.Millisecond {
				g.Done++
			}
			return Snapshot{Elapsed: elapsed, Slots: 2, CoresHeld: 2, Groups: []Group{g}}
		}), tm.screen())
		wait(time.Minute)
		m.Hide()
		m.Stop(Snapshot{Elapsed: time.Minute})
		if tm.written() > 0 {
			t.Errorf("%d writes:\n%s", tm.written(), tm)
		}
	})
}

// Work with short pauses, as iterations make, is one piece of work.
func TestIterationsAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 80, 24)
		m := start(tm, since(func(elapsed time.Duration) Snapshot {
			g := Group{Name: "step", Total: int64(elapsed/(time.Second)) + 1, Done: int64(elapsed / time.Second)}
			if elapsed%time.Second > 310*time.Millisecond {
				g.Done++
			}
			return Snapshot{Elapsed: elapsed, Slots: 2, CoresHeld: 2, Groups: []Group{g}}
		}), tm.screen())
		wait(2150 * time.Millisecond)
		if s := tm.String(); !strings.Contains(s, "step") {
			t.Errorf("not shown:\n%s", s)
		}
		wait(400 * time.Millisecond)
		if s := tm.String(); strings.Contains(s, "step") {
			t.Errorf("shown in a pause:\n%s", s)
		}
		m.Stop(Snapshot{})
	})
}

func TestLinesAreDrawnAtMostTenTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 80, 24)
		m := start(tm, since(job), tm.screen())
		wait(10 * time.Second)
		if tm.written() < 50 || tm.written() > 100 {
			t.Errorf("%d writes in 10 s", tm.written())
		}
		before := tm.written()
		m.Stop(Snapshot{})
		if tm.written() != before+1 || strings.Trim(tm.String(), "|>\n") != "" {
			t.Errorf("%d writes to erase the lines, which leaves\n%s", tm.written()-before, tm)
		}
		wait(10 * time.Second)
		if tm.written() != before+1 {
			t.Error("drawn after Stop")
		}
	})
}

func TestUnchangedLinesAreNotWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tm := newTerminal(t, 80, 24)
		m := start(tm, func() Snapshot {
			return Snapshot{Slots: 1, Running: 1, CoresHeld: 1, Groups: []Group{{Name: "sleep", Total: 1}}}
		}, tm.screen())
		wait(time.Minute)
		if tm.written() != 1 {
			t.Errorf("%d writes of the same", tm.written())
		}
		m.Stop(Snapshot{})
	})
}

// The reader may take a lock under which others call Say.
func TestSayFromUnderTheReadersLock(t *testing.T) {
	var mu sync.Mutex
	var reads atomic.Int64
	read := make(chan bool, 1)
	m := start(io.Discard, func() Snapshot {
		mu.Lock()
		defer mu.Unlock()
		if reads.Add(1) == 7 { // lines have been drawn
			close(read)
		}
		return Snapshot{Slots: 1, Groups: []Group{{Name: "a", Total: 1}}}
	}, newTerminal(t, 80, 24).screen())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-read:
					return
				default:
					mu.Lock()
					m.Say("said")
					m.Hide()
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	for range 2 {
		all.Go(func() { m.Stop(Snapshot{}) })
	}
	all.Wait()
	m.Say("after the end")
}

// failing is a writer that is gone.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAWriterThatFailsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, live := range []bool{true, false} {
			sc := newTerminal(t, 80, 24).screen()
			sc.live = live
			m := start(failing{}, since(job), sc)
			wait(21 * time.Second)
			m.Say("nobody hears")
			m.Stop(Snapshot{Groups: []Group{{Total: 1, Done: 1}}})
		}
	})
}
