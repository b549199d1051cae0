package scaling

import (
	"math"
	"slices"
)

const (
	near      = 1.10 // times as long is nearly as fast
	mostNoise = 0.5  // runs that spread more than that hide no speed-up above 1.5
)

// Verdict is what a measurement shows.
type Verdict struct {
	Rows      []Judged // as measured, ascending; those that failed too
	Base      int      // the count that speed-ups refer to, the least one that was measured; 0 if there is none
	Fastest   int      // the count with the least median time; 0 if there is none
	Enough    int      // the smallest count whose median is within 10 % of the fastest
	Serial    float64  // the serial fraction of all rows together, see [FitAmdahl]; NaN if there is none
	Unchanged bool     // the run time does not depend on the count, though the counts differ by a factor of two or more
}

// Judged is a row with what follows from it. Where nothing was measured, all numbers are NaN.
type Judged struct {
	Row
	Median, Min, Max float64 // seconds
	SpeedUp          float64 // median of the base over this median
	Efficiency       float64 // speed-up over the ratio of the counts
	Serial           float64 // of this row and the base, see [KarpFlatt]; NaN for the base
	Others           float64 // cores that others used, the mean of the runs of which it is known; NaN if of none
	Disturbed        bool    // others used enough to matter
}

// OK reports whether the row has times to judge.
func (j Judged) OK() bool { return j.Failure == nil && len(j.Samples) > 0 }

// Judge compares the counts. Rows that failed or have no runs are kept and not judged.
func Judge(rows []Row) Verdict {
	v := Verdict{Rows: make([]Judged, len(rows)), Serial: math.NaN()}
	var good []*Judged
	for i, row := range rows {
		v.Rows[i] = summary(row)
		if v.Rows[i].OK() {
			good = append(good, &v.Rows[i])
		}
	}
	if len(good) == 0 {
		return v
	}
	base := good[0]
	fastest := base
	cores, times := make([]int, len(good)), make([]float64, len(good))
	for i, j := range good {
		j.SpeedUp = base.Median / j.Median
		j.Efficiency = j.SpeedUp * float64(base.Cores) / float64(j.Cores)
		j.Serial = KarpFlatt(base.Cores, j.Cores, j.SpeedUp)
		if j.Median < fastest.Median {
			fastest = j
		}
		cores[i], times[i] = j.Cores, j.Median
	}
	v.Base, v.Fastest = base.Cores, fastest.Cores
	v.Enough = good[slices.IndexFunc(good, func(j *Judged) bool { return j.Median <= near*fastest.Median })].Cores
	v.Serial = FitAmdahl(cores, times)
	v.Unchanged = unchanged(good)
	return v
}

// summary computes what a row says by itself.
func summary(row Row) Judged {
	nan := math.NaN()
	j := Judged{Row: row, Median: nan, Min: nan, Max: nan, SpeedUp: nan, Efficiency: nan, Serial: nan, Others: nan}
	if !j.OK() {
		return j
	}
	var seconds, others []float64
	for _, s := range row.Samples {
		seconds = append(seconds, s.Seconds)
		if !math.IsNaN(s.Others) {
			others = append(others, s.Others)
		}
	}
	j.Median, j.Min, j.Max = median(seconds), slices.Min(seconds), slices.Max(seconds)
	if len(others) > 0 {
		sum := 0.0
		for _, o := range others {
			sum += o
		}
		j.Others = sum / float64(len(others))
		j.Disturbed = Disturbs(row.Cores, j.Others)
	}
	return j
}

// Disturbs reports whether the use that others make of the cores of a run is worth a word: a tenth of one core, which
// holds up whoever shares it, or a hundredth of all, which is what the daemons of a large machine need.
func Disturbs(cores int, others float64) bool { return others > max(0.1, 0.01*float64(cores)) }

// unchanged reports whether the medians differ by no more than 10 %, or no more than the runs of one count do.
func unchanged(rows []*Judged) bool {
	if rows[len(rows)-1].Cores < 2*rows[0].Cores {
		return false
	}
	medians, noise := make([]float64, len(rows)), make([]float64, len(rows))
	for i, j := range rows {
		medians[i], noise[i] = j.Median, (j.Max-j.Min)/j.Median
	}
	return slices.Max(medians) <= slices.Min(medians)*max(near, 1+min(median(noise), mostNoise))
}

// median returns the middle value, or the mean of the two in the middle.
func median(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	m := len(xs) / 2
	if len(xs)%2 == 0 {
		return (xs[m-1] + xs[m]) / 2
	}
	return xs[m]
}
