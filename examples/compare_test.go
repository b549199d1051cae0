package examples

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCompareHasALineForEachExampleAndNamesTheModesThatWentWrong(t *testing.T) {
	slower := pi
	slower.Serial, slower.Parallel = 5*time.Second, time.Second
	const want = `
example  serial  goroutines  speed-up  processes  speed-up  right
pi       2.50 s      1.2 ms   2000.00     1.00 s      2.50  yes
wrong    1.0 µs           -         -     2.00 s     <0.01  NO: goroutines, processes
`
	var b strings.Builder
	err := Compare(&b, []string{Serial, "goroutines", "processes"},
		Comparison{"pi", []Run{{"goroutines", pi, nil}, {"processes", slower, nil}}},
		Comparison{"wrong", []Run{{"goroutines", Report{}, errors.New("no data")}, {"processes", wrong, nil}}})
	if have := "\n" + b.String(); err != nil || have != want {
		t.Errorf("%v, have\n%s\nwant\n%s", err, have, want)
	}
}

func TestCompareShowsOnlyTheModesThatWereAskedFor(t *testing.T) {
	const want = `
example  serial  right
pi       2.50 s  yes
none     -       NO: goroutines
`
	var b strings.Builder
	err := Compare(&b, []string{Serial}, Comparison{"pi", []Run{{"goroutines", pi, nil}}},
		Comparison{"none", []Run{{"goroutines", Report{}, errors.New("no data")}}})
	if have := "\n" + b.String(); err != nil || strings.ReplaceAll(have, "     -", "-     ") != want {
		t.Errorf("%v, have\n%s\nwant\n%s", err, have, want)
	}
}
