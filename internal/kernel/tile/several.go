package tile

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Several are reductions of the same values along the same axes, made in one pass. Their partial has the parts of each, one after the
// other. The way through the values is that of each of them alone, so results have the same bits.
type Several []Reduction

// Check refuses reductions of a space with so many axes that cannot be, or cannot be made together.
func (s Several) Check(rank int) error {
	for i := range s {
		if err := s[i].Check(rank); err != nil {
			return err
		}
		if a, b := &s[0], &s[i]; a.DType != b.DType || !slices.Equal(a.Reduced, b.Reduced) || a.Offset != b.Offset || !slices.Equal(a.Coef, b.Coef) {
			return fmt.Errorf("tile: %v and %v do not go through the same values in the same way", a.Fold, b.Fold)
		}
	}
	if len(s) == 0 {
		return fmt.Errorf("tile: there is no reduction")
	}
	return nil
}

// Reduce returns the partial of the values at the points of a region.
func (s Several) Reduce(k *Kernel, origin, shape []int, inputs []ndarray.Untyped) (*Partial, error) {
	if err := s.Check(k.rank); err != nil {
		return nil, err
	}
	return k.reduce(s, origin, shape, inputs)
}

// split returns the partials of each.
func (s Several) split(p *Partial) ([]*Partial, error) {
	if p == nil {
		return nil, fmt.Errorf("tile: a partial result of %d reductions is missing", len(s))
	}
	each, parts := make([]*Partial, len(s)), p.Parts
	for i := range s {
		n := len(s[i].parts())
		if n > len(parts) {
			return nil, fmt.Errorf("tile: a partial result of %d reductions has %d parts only", len(s), len(p.Parts))
		}
		each[i], parts = &Partial{Parts: parts[:n:n]}, parts[n:]
	}
	if len(parts) > 0 {
		return nil, fmt.Errorf("tile: a partial result of %d reductions has %d parts too many", len(s), len(parts))
	}
	return each, nil
}

// Merge returns the partial of the values of all partials; see [Reduction.Merge].
func (s Several) Merge(partials []*Partial) (*Partial, error) {
	each := make([][]*Partial, len(s))
	for _, p := range partials {
		of, err := s.split(p)
		if err != nil {
			return nil, err
		}
		for i := range s {
			each[i] = append(each[i], of[i])
		}
	}
	all := &Partial{}
	for i := range s {
		p, err := s[i].Merge(each[i])
		if err != nil {
			return nil, err
		}
		all.Parts = append(all.Parts, p.Parts...)
	}
	return all, nil
}

// Finish returns the results of a partial of all values, as the parts of a partial; see [Reduction.Finish].
func (s Several) Finish(p *Partial) (*Partial, error) {
	of, err := s.split(p)
	if err != nil {
		return nil, err
	}
	results := &Partial{Parts: make([]ndarray.Untyped, len(s))}
	for i := range s {
		if results.Parts[i], err = s[i].Finish(of[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}
