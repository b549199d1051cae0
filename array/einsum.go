package array

import (
	"fmt"
	"slices"
	"strings"
)

// Einsum sums products of elements as subscripts say, in the notation of NumPy: letters name the axes of each array, those of the
// result stand behind "->", and what is not among them is summed over. Without "->" the letters that occur once are the result, in
// the order of the alphabet.
//
//	array.Einsum("ij,jk->ik", a, b) // a matrix product
//	array.Einsum("ii->i", a)        // a diagonal
//
// Arrays are taken two at a time, from the left; there is no "...".
func Einsum(subscripts string, of ...*Array) *Array {
	s := site{"Einsum", caller()}
	if err := s.check(of...); err != nil {
		return &Array{err: err}
	}
	terms, out, err := parseSubscripts(subscripts, of)
	if err != nil {
		return s.fail("%q: %w", subscripts, err)
	}
	a, left := of[0], terms[0]
	for k := 0; ; k++ {
		if a, left = einsumOne(s, a, left, slices.Concat(append(slices.Clone(terms[k+1:]), out)...)); a.err != nil {
			return a
		}
		if k+1 == len(of) {
			break
		}
		needed := slices.Concat(append(slices.Clone(terms[k+2:]), out)...)
		b, right := einsumOne(s, of[k+1], terms[k+1], slices.Concat(needed, left))
		var kept []int
		for _, label := range slices.Concat(left, right) {
			if slices.Contains(needed, label) && !slices.Contains(kept, label) {
				kept = append(kept, label)
			}
		}
		// What only one of them has and nobody needs later was summed before.
		a, left = s.contract(a, left, b, right, kept), kept
		if a.err != nil {
			return a
		}
	}
	order := make([]int, len(out))
	for i, label := range out {
		order[i] = slices.Index(left, label)
	}
	if slices.IsSorted(order) {
		return a
	}
	return transpose(s, a, order)
}

// einsumOne takes the diagonals of labels that an array has twice, and sums over those that nobody needs.
func einsumOne(s site, a *Array, labels, needed []int) (*Array, []int) {
	labels = slices.Clone(labels)
	for i := 0; i < len(labels); i++ {
		for k := i + 1; k < len(labels); k++ {
			if labels[i] != labels[k] {
				continue
			}
			if a.Shape()[i] != a.Shape()[k] {
				return s.fail("a label names axes of %d and %d elements", a.Shape()[i], a.Shape()[k]), nil
			}
			label := labels[i]
			a = a.Diagonal(0, i, k)
			labels = append(slices.Delete(slices.Delete(labels, k, k+1), i, i+1), label)
			i, k = -1, len(labels)
		}
	}
	var sum, rest []int
	for i, label := range labels {
		if slices.Contains(needed, label) {
			rest = append(rest, label)
		} else {
			sum = append(sum, i)
		}
	}
	if sum == nil {
		return a, labels
	}
	d := a.DType()
	return s.cast(Along(sum...).sum(s, a), d), rest
}

func parseSubscripts(text string, of []*Array) (terms [][]int, out []int, err error) {
	text = strings.ReplaceAll(text, " ", "")
	in, result, explicit := strings.Cut(text, "->")
	parts := strings.Split(in, ",")
	if len(parts) != len(of) {
		return nil, nil, fmt.Errorf("it names %d arrays, and %d are given", len(parts), len(of))
	}
	seen := map[rune]int{}
	for i, part := range parts {
		var term []int
		for _, r := range part {
			if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return nil, nil, fmt.Errorf("%q names no axis: use letters", r)
			}
			seen[r]++
			term = append(term, int(r))
		}
		if len(term) != of[i].Rank() {
			return nil, nil, fmt.Errorf("%q names %d axes of shape %s", part, len(term), tuple(of[i].Shape()))
		}
		terms = append(terms, term)
	}
	if !explicit {
		for r, n := range seen {
			if n == 1 {
				out = append(out, int(r))
			}
		}
		slices.Sort(out)
		return terms, out, nil
	}
	for _, r := range result {
		if seen[r] == 0 || slices.Contains(out, int(r)) {
			return nil, nil, fmt.Errorf("the result names %q, which is in no array or named twice", r)
		}
		out = append(out, int(r))
	}
	return terms, out, nil
}
