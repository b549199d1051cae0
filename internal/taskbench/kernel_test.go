package taskbench

import "testing"

// TestComputeComputes: a loop whose numbers never change would be optimised away.
func TestComputeComputes(t *testing.T) {
	for n, want := range []float64{1, 0.875, 0.78125} {
		if got := compute(n); got != want {
			t.Errorf("%d iterations give %v, want %v", n, got, want)
		}
	}
}
