package progress

import (
	"math"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", -1536: "-1.5 KiB",
		1<<20 - 1: "1.0 MiB", 1<<20 - 100: "1023.9 KiB", 1 << 20: "1.0 MiB", 3 << 29: "1.5 GiB", 1 << 40: "1.0 TiB", 1 << 50: "1.0 PiB",
		math.MaxInt64: "8.0 EiB", math.MinInt64: "-8.0 EiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 ms", 400 * time.Microsecond: "0.4 ms", 9949 * time.Microsecond: "9.9 ms", 9950 * time.Microsecond: "10 ms",
		999499 * time.Microsecond: "999 ms", 999500 * time.Microsecond: "1.0 s", 3200 * time.Millisecond: "3.2 s",
		59949 * time.Millisecond: "59.9 s", 59950 * time.Millisecond: "1 min 00 s", 65 * time.Second: "1 min 05 s",
		3599499 * time.Millisecond: "59 min 59 s", 3600 * time.Second: "1 h 00 min", 7199 * time.Second: "2 h 00 min",
		20_000 * time.Hour: "20,000 h 00 min",
	} {
		if got := exactly(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := roughly(9600 * time.Millisecond); got != "10 s" {
		t.Errorf("roughly: %q", got)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 9999: "9999", 10_000: "10,000", 1_234_567: "1,234,567", 100_000: "100,000"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for v, want := range map[float64]string{0.02: "0.02/s", 5: "5.0/s", 51.4: "51/s", 123_456: "123,456/s"} {
		if got := perSecond(v); got != want {
			t.Errorf("%g: %q, want %q", v, got, want)
		}
	}
	if got := decimal(4) + " " + decimal(3.96) + " " + decimal(3.91); got != "4 4 3.9" {
		t.Errorf("decimals %q", got)
	}
}

func TestNamesAreCutByCells(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		want string
	}{
		{"square", 6, "square"}, {"square", 5, "squ.."}, {"square", 2, ".."}, {"square", 1, "."}, {"square", 0, ""}, {"", -1, ""}, {"x", -1, ""},
		{"数据処理", 8, "数据処理"}, {"数据処理", 7, "数据.."}, {"数据処理", 5, "数.."},
	} {
		if got := cut(c.name, c.n); got != c.want || breadth(got) > max(c.n, 0) {
			t.Errorf("%q in %d cells: %q, want %q", c.name, c.n, got, c.want)
		}
	}
}

func TestNothingThatMovesTheCursorIsPrinted(t *testing.T) {
	if got := printable("a\x1b[2J\tb\r\n\u202ec\x7f\u0085\xffé数"); got != "a?[2J?b???c???é数" {
		t.Errorf("name %q", got)
	}
	if got := message("one\x1b[2J\ttwo\r\nthree\n\n"); got != "one?[2J\ttwo\nthree\n" {
		t.Errorf("message %q", got)
	}
}
