package scaling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestCountsTakeTurnsUpAndDownAfterOneWarmUp(t *testing.T) {
	var order, rounds []string
	rows, err := Measure(t.Context(), Plan{
		Counts: []int{1, 2, 4}, Runs: 3,
		Run: func(_ context.Context, n int) (Sample, error) {
			order = append(order, fmt.Sprint(n))
			return Sample{Seconds: float64(len(order))}, nil
		},
		Round: func(done, of int) { rounds = append(rounds, fmt.Sprint(len(order), ":", done, "/", of)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"4", "1", "2", "4", "4", "2", "1", "1", "2", "4"}; !slices.Equal(order, want) {
		t.Errorf("ran %v, want %v", order, want)
	}
	if want := []string{"1:0/3", "4:1/3", "7:2/3", "10:3/3"}; !slices.Equal(rounds, want) {
		t.Errorf("rounds %v, want %v", rounds, want)
	}
	for i, want := range []string{"{1 [{2 0} {7 0} {8 0}] <nil>}", "{2 [{3 0} {6 0} {9 0}] <nil>}", "{4 [{4 0} {5 0} {10 0}] <nil>}"} {
		if have := fmt.Sprint(rows[i]); have != want {
			t.Errorf("row %d is %s, want %s", i, have, want)
		}
	}
}

func TestACountThatFailsIsLeftAndTheRestGoesOn(t *testing.T) {
	ran := map[int]int{}
	rows, err := Measure(t.Context(), Plan{
		Counts: []int{1, 2, 4}, Runs: 5,
		Run: func(_ context.Context, n int) (Sample, error) {
			ran[n]++
			if n == 4 || n == 2 && ran[n] == 3 {
				return Sample{}, fmt.Errorf("wrapped: %w", &Failure{How: "exit code 1"})
			}
			return Sample{Seconds: 1}, nil
		},
	})
	if err != nil || ran[1] != 5 || ran[2] != 3 || ran[4] != 1 {
		t.Errorf("runs %v, %v", ran, err)
	}
	if len(rows[0].Samples) != 5 || rows[0].Failure != nil || len(rows[1].Samples) != 2 || rows[1].Failure == nil ||
		len(rows[2].Samples) != 0 || rows[2].Failure == nil {
		t.Errorf("rows %+v", rows)
	}
}

func TestTheEndOfTheContextKeepsWhatWasMeasured(t *testing.T) {
	for stop := 1; stop <= 5; stop++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		cause, runs := errors.New("enough"), 0
		rows, err := Measure(ctx, Plan{
			Counts: []int{1, 2}, Runs: 2,
			Run: func(context.Context, int) (Sample, error) {
				if runs++; runs == stop {
					cancel(cause)
					return Sample{}, &Failure{How: "signal: terminated"}
				}
				return Sample{Seconds: 1}, nil
			},
		})
		samples := 0
		for _, row := range rows {
			samples += len(row.Samples)
			if row.Failure != nil {
				t.Errorf("stopped in run %d, which counts as a failure: %+v", stop, row)
			}
		}
		if err != cause || runs != stop || samples != max(0, stop-2) {
			t.Errorf("stopped in run %d: %d runs, %d samples, %v", stop, runs, samples, err)
		}
	}
}

func TestAnErrorThatIsNoFailureOfTheProgramEndsTheMeasurement(t *testing.T) {
	for bad := 1; bad <= 2; bad++ {
		runs, broken := 0, errors.New("no such file")
		_, err := Measure(t.Context(), Plan{Counts: []int{1}, Runs: 5, Run: func(context.Context, int) (Sample, error) {
			if runs++; runs == bad {
				return Sample{}, broken
			}
			return Sample{}, nil
		}})
		if err != broken || runs != bad {
			t.Errorf("after %d runs: %v", runs, err)
		}
	}
	if rows, err := Measure(t.Context(), Plan{Runs: 5}); rows != nil || err != nil {
		t.Errorf("of no counts: %v, %v", rows, err)
	}
}
