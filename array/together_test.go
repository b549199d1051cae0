package array_test

import (
	"bytes"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// TestReductionsOfOneArrayAreMadeInOnePass compares the bits of reductions that are asked for together with those of each alone, and
// counts their tasks.
func TestReductionsOfOneArrayAreMadeInOnePass(t *testing.T) {
	a := array.Random(3).Normal(1, 2, array.Shape{90, 70}, array.Chunks(20, 30))
	ways := map[string]func(array.Reduction, *array.Array) *array.Array{
		"mean": array.Reduction.Mean, "standard deviation": array.Reduction.Std, "least": array.Reduction.Min, "greatest": array.Reduction.Max,
		"product": array.Reduction.Prod, "place of the least": array.Reduction.ArgMin, "place of the greatest": array.Reduction.ArgMax,
	}
	clients(t, func(t *testing.T, c *braid.Client) {
		for of, x := range map[string]*array.Array{"numbers": a, "numbers and themselves mirrored": a.Slice(ndarray.To(60), ndarray.To(60)).Rechunk(array.Chunks(20)).Add(a.T().Slice(ndarray.To(60), ndarray.To(60)))} {
			for along, r := range map[string]array.Reduction{
				"all": array.AlongAll(), "0": array.Along(0), "1, kept": array.Along(1).Keep(), "0 by twos": array.Along(0).SplitEvery(2), "none": array.Along(0, 1),
			} {
				var names []string
				var asked []*array.Array
				for name, f := range ways {
					names, asked = append(names, name), append(asked, f(r, x))
				}
				together, err := array.Compute(t.Context(), c, asked...)
				if err != nil {
					t.Fatal(err)
				}
				for i, one := range asked {
					alone, err := one.Compute(t.Context(), c)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(ndarray.AppendRaw(nil, alone), ndarray.AppendRaw(nil, together[i])) {
						t.Errorf("the %s of %s along %s is %v alone, and %v with others", names[i], of, along, alone, together[i])
					}
				}
			}
		}
	})
	// Of 15 chunks there are 15 tasks and one that merges; two more take the greatest and the least out of its result, and one subtracts.
	if n, err := array.AlongAll().PTP(a).Tasks(); n != 19 || err != nil {
		t.Errorf("a distance between extremes takes %d tasks, %v", n, err)
	}
}
