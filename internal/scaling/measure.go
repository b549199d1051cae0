package scaling

import (
	"context"
	"errors"
	"slices"
)

// Plan says what is to be measured.
type Plan struct {
	Counts []int              // of cores, ascending, without repetition
	Runs   int                // of each count, after one warm-up in all
	Round  func(done, of int) // called after the warm-up, with 0, and after each round; may be nil
	Run    func(ctx context.Context, cores int) (Sample, error)
}

// Sample is what one run came to.
type Sample struct {
	Seconds float64
	Others  float64 // cores that other processes used meanwhile; NaN if unknown
}

// Row holds the runs of one count.
type Row struct {
	Cores   int
	Samples []Sample
	Failure *Failure // of the run that ended the row, or nil
}

// Failure says how a program failed. [Measure] goes on with the other counts after one.
type Failure struct {
	How  string // "exit code 3", "signal: killed"
	Last string // the last line that the program wrote to standard error; "" if it wrote none
}

func (f *Failure) Error() string {
	if f.Last == "" {
		return f.How
	}
	return f.How + ": " + f.Last
}

// Measure runs the plan. The counts take turns, upwards in one round and downwards in the next, so that a machine that
// slows down steadily slows all counts alike. A count at which the program fails is not tried again. Any other error
// ends the measurement, as does the end of ctx; the rows then hold what was measured until then.
func Measure(ctx context.Context, p Plan) ([]Row, error) {
	rows := make([]Row, len(p.Counts))
	order := make([]*Row, len(p.Counts))
	for i, n := range p.Counts {
		rows[i].Cores = n
		order[i] = &rows[i]
	}
	if len(rows) == 0 {
		return nil, nil
	}
	// The warm-up fills the file cache. It runs at the greatest count, most likely the quickest.
	if _, err := p.attempt(ctx, order[len(order)-1]); err != nil {
		return rows, err
	}
	for round := range p.Runs {
		if p.Round != nil {
			p.Round(round, p.Runs)
		}
		for _, row := range order {
			if row.Failure != nil {
				continue
			}
			s, err := p.attempt(ctx, row)
			if err != nil {
				return rows, err
			}
			if row.Failure == nil {
				row.Samples = append(row.Samples, s)
			}
		}
		slices.Reverse(order)
	}
	if p.Round != nil {
		p.Round(p.Runs, p.Runs)
	}
	return rows, nil
}

// attempt runs the program once. A failure of the program is noted in the row and is no error of the measurement.
func (p Plan) attempt(ctx context.Context, row *Row) (Sample, error) {
	if ctx.Err() != nil {
		return Sample{}, context.Cause(ctx)
	}
	s, err := p.Run(ctx, row.Cores)
	if ctx.Err() != nil { // whatever the run says then, it was cut short
		return Sample{}, context.Cause(ctx)
	}
	var failure *Failure
	if errors.As(err, &failure) {
		row.Failure = failure
		return Sample{}, nil
	}
	return s, err
}
