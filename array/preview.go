package array

import (
	"context"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/ndarray"
)

// corner is how many elements of each end of an axis are shown.
const corner = 3

// Preview returns what [Array.String] does and the values of the corners, as NumPy prints arrays. Only what these need is computed.
func (a *Array) Preview(ctx context.Context, c *braid.Client) (string, error) {
	s := site{"Preview", caller()}
	if err := s.check(a); err != nil {
		return "", err
	}
	part := a
	for axis, n := range a.Shape() {
		if n <= 2*corner {
			continue
		}
		items := make([]ndarray.Index, axis+1)
		items[axis] = ndarray.To(corner)
		front := part.Slice(items...)
		items[axis] = ndarray.From(-corner)
		part = concatenate(s, axis, []*Array{front, part.Slice(items...)})
	}
	values, err := compute(ctx, c, s, []*Array{part})
	if err != nil {
		return "", err
	}
	text, err := ndarray.FormatPart(values[0], a.Shape()...)
	return a.String() + "\n" + text, err
}
