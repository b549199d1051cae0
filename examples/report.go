package examples

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Params say how an example is to run. The zero value is the exercise as the courses set it.
type Params struct {
	Quick   bool      // a small size, of at most some tenths of a second
	Picture io.Writer // where tree draws its graph, as SVG; nil for nowhere
}

// Report says what an example did, how long it took, and whether its results are right.
type Report struct {
	Name     string        // the folder's name
	Title    string        // one sentence
	Serial   time.Duration // the plain way, on one core
	Parallel time.Duration // with the client
	Tasks    int           // that the client ran for it
	Checks   []Check       // the main result first
	Notes    []string      // sentences on what there is to see
}

// SpeedUp returns how many times as fast the client was as the plain way, or 0 if no time was taken.
func (r Report) SpeedUp() float64 {
	if r.Parallel <= 0 {
		return 0
	}
	return float64(r.Serial) / float64(r.Parallel)
}

// OK reports whether there are results and all of them are right.
func (r Report) OK() bool { return r.Err() == nil }

// Err returns an error that names every result that is wrong, or nil.
func (r Report) Err() error {
	if len(r.Checks) == 0 {
		return fmt.Errorf("%s: no result was compared with a reference", r.Name)
	}
	var wrong []error
	for _, c := range r.Checks {
		if !c.OK() {
			wrong = append(wrong, fmt.Errorf("%s: %s", r.Name, c))
		}
	}
	return errors.Join(wrong...)
}

// Check is one result beside what it should be.
type Check struct {
	Name      string // of the quantity
	Result    float64
	Reference float64 // from theory, or computed by another program
	Tolerance float64 // the greatest deviation that is right; 0 where the result is exact
	Unit      string  // of all three; "" for pure numbers
}

// Deviation returns by how much the result is off, in its unit.
func (c Check) Deviation() float64 { return math.Abs(c.Result - c.Reference) }

// OK reports whether the result is within its tolerance. NaN is never right.
func (c Check) OK() bool { return c.Deviation() <= c.Tolerance }

// String returns the result, its reference and the deviation on one line.
func (c Check) String() string {
	return fmt.Sprintf("%s is %s, the reference %s: off by %s, of %s allowed",
		c.Name, quantity(c.Result, c.Unit), quantity(c.Reference, c.Unit), short(c.Deviation()), short(c.Tolerance))
}
