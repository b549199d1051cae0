package array

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// application says how blocks of arrays meet in calls of a function: by the labels of their axes.
type application struct {
	terms   [][]string       // of each array
	results [][]string       // of each array that is made
	core    map[string]bool  // axes that are not cut and do not broadcast
	sizes   map[string][]int // lengths of blocks of results along axes where they are not those of the arrays
	options any              // of the calls
}

// cutSubscripts reads "ij,j->i".
func cutSubscripts(text string) (terms [][]string, result []string, err error) {
	in, out, explicit := strings.Cut(strings.ReplaceAll(text, " ", ""), "->")
	if !explicit {
		return nil, nil, fmt.Errorf("the axes of the result are missing: write them behind \"->\"")
	}
	for i, part := range append(strings.Split(in, ","), out) {
		term := []string{}
		for _, r := range part {
			label := string(r)
			if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return nil, nil, fmt.Errorf("%q names no axis: use letters", r)
			}
			if slices.Contains(term, label) {
				return nil, nil, fmt.Errorf("%q names two axes of one array: take the diagonal first, by Diagonal", r)
			}
			term = append(term, label)
		}
		if i == strings.Count(in, ",")+1 {
			result = term
			break
		}
		terms = append(terms, term)
	}
	return terms, result, nil
}

// applied returns the arrays that an operation makes.
func (s site) applied(operation string, c application, types []ndarray.DType, of []*Array) ([]*Array, error) {
	labels, space, err := c.space(of)
	if err != nil {
		return nil, s.wrong(err)
	}
	axes := make([][]int, len(of))
	inputs := make([]*arrays.Node, len(of))
	for i, term := range c.terms {
		axes[i] = places(labels, term)
		inputs[i] = of[i].node
	}
	results := make([]arrays.Result, len(c.results))
	for i, term := range c.results {
		results[i].DType = types[i]
		results[i].Grid = make(arrays.Grid, len(term))
		for k, axis := range places(labels, term) {
			g := space[axis]
			if sizes, ok := c.sizes[term[k]]; ok {
				if g.Count() != len(sizes) {
					return nil, s.wrong(fmt.Errorf("axis %q: %s %v, and the function is called for %d: Rechunk the arrays, or give as many lengths",
						term[k], plural(len(sizes), "block"), sizes, g.Count()))
				}
				g = arrays.Cut(sizes)
			}
			results[i].Grid[k] = g
		}
	}
	nodes := arrays.Apply(s.name, s.pc, operation, c.options, space, results, axes, inputs...)
	all := make([]*Array, len(nodes))
	for i, n := range nodes {
		all[i] = &Array{node: n}
	}
	return all, nil
}

func places(labels, term []string) []int {
	at := make([]int, len(term))
	for k, label := range term {
		at[k] = slices.Index(labels, label)
	}
	return at
}

// space returns the labels of all axes, those of the results first, and how they are cut.
func (c application) space(of []*Array) (labels []string, space arrays.Grid, err error) {
	whole := []bool{} // axes that are not cut
	for _, term := range slices.Concat(c.results, c.terms) {
		for _, label := range term {
			if slices.Contains(labels, label) {
				continue
			}
			axis, err := c.axis(label, of)
			if err != nil {
				return nil, nil, err
			}
			uncut := c.core[label]
			for _, r := range c.results {
				uncut = uncut || !slices.Contains(r, label)
			}
			if uncut {
				axis = arrays.Even(axis.Len, axis.Len)
			}
			labels, space, whole = append(labels, label), append(space, axis), append(whole, uncut)
		}
	}
	if slices.Contains(whole, true) {
		c.shorten(labels, space, whole, of)
	}
	return labels, space, nil
}

// axis returns how the axis of a label is cut: as that of the array that has the most chunks along it.
func (c application) axis(label string, of []*Array) (arrays.Axis, error) {
	var found *arrays.Axis
	first := -1
	for i, term := range c.terms {
		k := slices.Index(term, label)
		if k < 0 {
			continue
		}
		a := of[i].node.Grid[k]
		switch {
		case found == nil || found.Len == 1 && !c.core[label]:
			found, first = &a, i
		case a.Len == 1 && !c.core[label]:
		case a.Len != found.Len:
			return a, fmt.Errorf("axis %q has %d elements in array number %d of shape %s, and %d in number %d of shape %s", label,
				found.Len, first, tuple(of[first].Shape()), a.Len, i, tuple(of[i].Shape()))
		case a.Count() > found.Count():
			found, first = &a, i
		}
	}
	if found != nil {
		return *found, nil
	}
	sizes, ok := c.sizes[label]
	if !ok {
		return arrays.Axis{}, fmt.Errorf("axis %q of the result is in no array: say its length by Sizes", label)
	}
	return arrays.Cut(sizes), nil
}

// shorten cuts axes shorter until blocks, of which some axes are whole, are small again.
func (c application) shorten(labels []string, space arrays.Grid, whole []bool, of []*Array) {
	most := int64(DefaultChunkBytes)
	for _, a := range of {
		most = max(most, a.node.ChunkBytes())
	}
	for {
		widest, longest, side := int64(0), -1, 1
		for i, term := range c.terms {
			bytes := int64(of[i].DType().Size())
			for _, axis := range places(labels, term) {
				bytes *= int64(max(1, space[axis].Widest()))
			}
			widest = max(widest, bytes)
		}
		for axis, label := range labels {
			if n := space[axis].Widest(); !whole[axis] && c.sizes[label] == nil && n > side {
				longest, side = axis, n
			}
		}
		if widest <= most || longest < 0 {
			return
		}
		space[longest] = arrays.Even(space[longest].Len, (side+1)/2)
	}
}
