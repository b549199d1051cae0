package scaling

import (
	"math"
	"math/rand/v2"
)

// rowsOf makes a row of five equal runs for each count.
func rowsOf(seconds func(cores int) float64, counts ...int) (rows []Row) {
	for _, n := range counts {
		row := Row{Cores: n}
		for range 5 {
			row.Samples = append(row.Samples, Sample{Seconds: seconds(n), Others: math.NaN()})
		}
		rows = append(rows, row)
	}
	return rows
}

// noisy spreads the runs by up to such a part of their time, both ways.
func noisy(rows []Row, part float64, r *rand.Rand) []Row {
	for _, row := range rows {
		for i := range row.Samples {
			row.Samples[i].Seconds *= 1 + part*(2*r.Float64()-1)
		}
	}
	return rows
}

// amdahl is a program of which such a part is serial, and that takes two seconds on one core.
func amdahl(serial float64) func(int) float64 {
	return func(n int) float64 { return 2 * (serial + (1-serial)/float64(n)) }
}

func constant(int) float64 { return 0.25 }

// crowded grows slower from eight cores on, as programs do that the memory holds up.
func crowded(n int) float64 { return 8/float64(n) + 0.02*float64(n*n)/float64(8) }

func failing(rows []Row, i int) []Row {
	rows[i].Samples = rows[i].Samples[:2]
	rows[i].Failure = &Failure{How: "exit code 3", Last: "out of luck"}
	return rows
}

func disturbed(rows []Row, i int, others ...float64) []Row {
	for k, o := range others {
		rows[i].Samples[k].Others = o
	}
	return rows
}
