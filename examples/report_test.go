package examples

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

var pi = Report{
	Name: "pi", Title: "A circle's area.", Serial: 2500 * time.Millisecond, Parallel: 1250 * time.Microsecond, Tasks: 7,
	Checks: []Check{
		{Name: "area", Result: 3.14159265, Reference: math.Pi, Tolerance: 1e-8, Unit: "m²"},
		{Name: "corners", Result: 0, Reference: 0},
	},
	Notes: []string{"round"},
}

var wrong = Report{Name: "wrong", Serial: 999 * time.Nanosecond, Parallel: 2 * time.Second, Checks: []Check{
	{Name: "many", Result: 333338333350000, Reference: 333338333350001},
	{Name: "tiny", Result: -3.14159e-15, Reference: 0, Tolerance: 1e-15},
	{Name: "lost", Result: math.NaN(), Reference: 1, Tolerance: 1e300},
}}

func TestTableAlignsReportsAndMarksWhatIsWrong(t *testing.T) {
	const want = `
example  serial  parallel  speed-up  quantity           result        reference    error  right
pi       2.50 s    1.2 ms   2000.00  area        3.14159265 m²   3.141592654 m²  3.6e-09  yes
                                     corners                 0                0        0  yes
wrong    1.0 µs    2.00 s     <0.01  many      333338333350000  333338333350001        1  NO
                                     tiny            -3.14e-15                0  3.1e-15  NO
                                     lost                  NaN                1      NaN  NO
nothing  0.0 µs    0.0 µs      0.00  none                                                 NO
`
	var b strings.Builder
	if err := Table(&b, pi, wrong, Report{Name: "nothing"}); err != nil {
		t.Fatal(err)
	}
	if have := "\n" + b.String(); have != want {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
}

func TestPrintWritesTitleTableAndNotes(t *testing.T) {
	var b strings.Builder
	if err := pi.Print(&b); err != nil {
		t.Fatal(err)
	}
	if have := b.String(); !strings.HasPrefix(have, pi.Title+"\n\nexample") || !strings.HasSuffix(have, "yes\n\n  round\n") {
		t.Errorf("have\n%s", have)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAWriterThatFailsIsReported(t *testing.T) {
	if err := pi.Print(broken{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Print: %v", err)
	}
	if err := Table(broken{}, pi); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Table: %v", err)
	}
}

func TestErrNamesEveryWrongResult(t *testing.T) {
	if err := pi.Err(); err != nil || !pi.OK() {
		t.Errorf("of right results: %v", err)
	}
	const want = "wrong: many is 333338333350000, the reference 333338333350001: off by 1, of 0 allowed\n" +
		"wrong: tiny is -3.14e-15, the reference 0: off by 3.1e-15, of 1e-15 allowed\n" +
		"wrong: lost is NaN, the reference 1: off by NaN, of 1e+300 allowed"
	if err := wrong.Err(); err == nil || err.Error() != want || wrong.OK() {
		t.Errorf("have %v\nwant %s", err, want)
	}
	if nothing := (Report{Name: "nothing"}); nothing.OK() {
		t.Error("a report without results is taken for right")
	}
}

func TestSpeedUpOfNoTimeIsZero(t *testing.T) {
	if have := (Report{Serial: time.Second}).SpeedUp(); have != 0 {
		t.Errorf("have %v", have)
	}
}
