package progress

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var colors = regexp.MustCompile("\x1b\\[(31|0)m")

func sized(width, height int) screen {
	return screen{live: true, color: true, size: func() (int, int) { return width, height }, restore: func() {}}
}

// Whatever the counts and names are, no line is wider than the window, nothing in it but red moves or changes the
// terminal, and there is a row to spare.
func TestLinesFitTheWindow(t *testing.T) {
	names := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z_.]{1,60}`), rapid.StringOf(rapid.RuneFrom([]rune("数据処理한국é\u0301\u202e\x1b\t\n🙂"))))
	groups := rapid.Custom(func(t *rapid.T) Group {
		number := rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, 1e12))
		return Group{
			Name: names.Draw(t, "name"), Total: number.Draw(t, "total"), Done: number.Draw(t, "done"), Failed: number.Draw(t, "failed"),
			Cancelled: number.Draw(t, "cancelled"), Retried: number.Draw(t, "retried"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 200).Draw(t, "width"), rapid.IntRange(1, 60).Draw(t, "height")
		s := Snapshot{
			Elapsed: time.Minute, CPU: time.Minute, Slots: 4, Running: 3, Blocked: 2, Held: 1, CoresHeld: 4,
			Memory: rapid.Int64Range(0, 1<<62).Draw(t, "memory"), MemoryLimit: 1 << 30, Unsized: 7,
			Groups: rapid.SliceOfN(groups, 0, 30).Draw(t, "groups"),
		}
		var p pace
		earlier := s
		earlier.Elapsed, earlier.CPU, earlier.Groups = time.Second, time.Second, nil
		for _, g := range s.Groups {
			earlier.Groups = append(earlier.Groups, Group{Name: g.Name, Total: g.Total})
		}
		p.observe(earlier)
		lines := liveLines(s, &p, sized(width, height))
		if len(lines) > max(height-1, 0) || len(lines) > mostOps+2 {
			t.Fatalf("%d lines in %d rows", len(lines), height)
		}
		for _, l := range append(lines, plainLine(s, &p)) {
			plain := colors.ReplaceAllString(l, "")
			if printable(plain) != plain {
				t.Fatalf("%q holds what does not print", l)
			}
		}
		for _, l := range lines {
			if plain := colors.ReplaceAllString(l, ""); breadth(plain) >= width {
				t.Fatalf("%q takes %d cells of %d", plain, breadth(plain), width)
			}
		}
	})
}

// Of jobs on a cluster it is not known how many slots they have.
func TestSlotsThatAreNotKnownAreNotShown(t *testing.T) {
	for running, want := range map[int]string{0: "", 1: "1 task under way", 1200: "1200 tasks under way"} {
		s := Snapshot{Elapsed: time.Minute, Running: running, Groups: []Group{{Name: "f", Total: 2000}}}
		if got := occupancy(s, new(pace)); got != want {
			t.Errorf("with %d: %q, want %q", running, got, want)
		}
		if got := plainLine(s, new(pace)); strings.HasSuffix(got, "; ") || !strings.HasSuffix(got, want) {
			t.Errorf("with %d: %q", running, got)
		}
	}
}

func TestManyOpsAreSummedUp(t *testing.T) {
	var s Snapshot
	for i := range int64(25) {
		g := Group{Name: fmt.Sprintf("op%02d", i), Total: 100}
		switch {
		case i < 8:
			g.Done = 100
		case i == 8:
			g.Done, g.Failed = 99, 1
		case i < 14:
			g.Done = i
		}
		s.Groups = append(s.Groups, g)
	}
	s.Groups = append(s.Groups, Group{Name: "registered, never used"})
	s.Slots, s.Running, s.CoresHeld, s.Elapsed = 8, 8, 4, 70*time.Second
	var b strings.Builder
	for _, height := range []int{40, 6, 4, 3, 2, 1} {
		fmt.Fprintf(&b, "== %d rows\n%s\n", height, strings.Join(liveLines(s, &pace{}, sized(70, height)), "\n"))
	}
	s.Blocked, s.Held, s.Unsized = 1, 2, 12_345
	b.WriteString("== plain\n" + plainLine(s, &pace{}) + "\n")
	golden(t, "many.golden", colors.ReplaceAllString(b.String(), ""))
}

func TestBarsAreHonest(t *testing.T) {
	for _, c := range []struct {
		g    Group
		want string
	}{
		{Group{Total: 1000}, "[..........]"},
		{Group{Total: 1000, Done: 999}, "[#########.]"},
		{Group{Total: 1000, Done: 1000}, "[##########]"},
		{Group{Total: 1000, Failed: 1}, "[x.........]"},
		{Group{Total: 1000, Done: 999, Failed: 1}, "[#########x]"},
		{Group{Total: 1000, Done: 500, Failed: 200, Cancelled: 100}, "[#####xx-..]"},
		{Group{Total: 10, Failed: 10}, "[xxxxxxxxxx]"},
		{Group{Total: 10, Cancelled: 10}, "[----------]"},
		{Group{Total: 10, Done: 11, Failed: 1}, "[#########x]"}, // counters that were read at different moments
	} {
		var l line
		l.bar(c.g, 10)
		if got := l.render(80, false); got != c.want {
			t.Errorf("%+v: %s, want %s", c.g, got, c.want)
		}
		if got := l.render(80, true); strings.Contains(got, "\x1b") != (c.g.Failed > 0) {
			t.Errorf("%+v: %q: red must mean failure", c.g, got)
		}
	}
}

func TestRateAndTimeLeft(t *testing.T) {
	at := func(sec float64) time.Duration { return time.Duration(sec * float64(time.Second)) }
	for _, c := range []struct {
		name  string
		ended func(sec float64) float64
		now   float64
		rate  float64
		left  time.Duration
	}{
		{"steady", func(s float64) float64 { return 10 * s }, 20, 10, 80 * time.Second},
		{"too early for either", func(s float64) float64 { return 10 * s }, 0.9, 0, 0},
		{"too early for time left", func(s float64) float64 { return 10 * s }, 1.5, 10, 0},
		{"long tasks", func(s float64) float64 { return float64(int(s / 50)) }, 150, 3.0 / 150, 0},
		{"long tasks, later", func(s float64) float64 { return float64(int(s / 50)) }, 1000, 20.0 / 1000, 49000 * time.Second},
		{"faster than before", func(s float64) float64 { return s + 20*max(s-20, 0) }, 30, 21, 760 * time.Second / 21},
		{"nothing ended", func(float64) float64 { return 0 }, 100, 0, 0},
		{"for days", func(s float64) float64 { return s / 600 }, 86_400 * 3, 1.0 / 600, 568 * 600 * time.Second},
	} {
		var p pace
		var g Group
		for i := 0.0; i <= c.now*10; i++ {
			g = Group{Name: "op", Total: 1000, Done: int64(c.ended(i/10) + 1e-9)}
			p.observe(Snapshot{Elapsed: at(i / 10), Groups: []Group{g}})
		}
		rate, left := p.rate(g, at(c.now))
		if d := rate - c.rate; d > 0.05*c.rate || d < -0.05*c.rate {
			t.Errorf("%s: %g tasks a second, want %g", c.name, rate, c.rate)
		}
		if d := left - c.left; d > c.left/20+time.Second || d < -c.left/20-time.Second {
			t.Errorf("%s: %v left, want %v", c.name, left, c.left)
		}
		if n := len(p.ops["op"].samples); n > maxSamples {
			t.Errorf("%s: %d samples kept", c.name, n)
		}
	}
}

// The time in which an op had nothing to do is no part of its rate.
func TestRatesBeginAnewAfterAPause(t *testing.T) {
	var p pace
	g := Group{Name: "op", Total: 100, Done: 100}
	p.observe(Snapshot{Elapsed: time.Second, Groups: []Group{{Name: "op", Total: 100}}})
	p.observe(Snapshot{Elapsed: 10 * time.Second, Groups: []Group{g}})
	g.Total = 200
	p.observe(Snapshot{Elapsed: time.Hour, Groups: []Group{g}})
	g.Done = 150
	if rate, left := p.rate(g, time.Hour+10*time.Second); rate != 5 || left != 10*time.Second {
		t.Errorf("%g a second, %v left", rate, left)
	}
}

func BenchmarkTenLines(b *testing.B) {
	s := job(10 * time.Second)
	for i := range 8 {
		s.Groups = append(s.Groups, Group{Name: fmt.Sprint("op ", i), Total: 1000, Done: 500})
	}
	var p pace
	for b.Loop() {
		p.observe(s)
		liveLines(s, &p, sized(120, 50))
	}
}
