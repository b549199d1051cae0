package ndarray

import (
	"fmt"
	"slices"
	"strings"
)

// The defaults of NumPy's printing.
const (
	printWhole = 1000 // the greatest size that is printed whole
	printEdge  = 3    // elements at each end of a longer axis
	printWidth = 75   // of a line
	printMost  = 1 << 16
)

// String writes the elements as NumPy prints arrays: in columns of one width,
// floats with at most 8 digits after the point, and only the corners of an
// array of more than 1000 elements.
func (a *Array[T]) String() string {
	if a.Rank() == 0 {
		return scalarText(a.At())
	}
	if a.Size() == 0 {
		return "[]"
	}
	corners, ok := a.corners()
	if !ok {
		return fmt.Sprintf("[... %s of shape %s]", a.DType(), FormatShape(a.layout.Shape))
	}
	p := printer{shape: a.layout.Shape, shown: corners.layout.Shape, words: elementTexts(corners.data)}
	return p.axis(0, " ", printWidth)
}

// FormatPart is the text of an array of some shape of which only a part is there: along each axis all, or the first and the last three
// elements.
func FormatPart(part Untyped, shape ...int) (string, error) {
	if len(shape) != part.Rank() {
		return "", fmt.Errorf("ndarray: a part of shape %s of an array of shape %s", FormatShape(part.Shape()), FormatShape(shape))
	}
	for i, n := range part.Shape() {
		if n != shape[i] && (n != 2*printEdge || shape[i] < n) {
			return "", fmt.Errorf("ndarray: a part of shape %s of an array of shape %s: along each axis all or %d elements are needed",
				FormatShape(part.Shape()), FormatShape(shape), 2*printEdge)
		}
	}
	if part.Rank() == 0 || part.Size() == 0 {
		return part.String(), nil
	}
	p := printer{shape: shape, shown: part.Shape(), words: part.texts()}
	return p.axis(0, " ", printWidth), nil
}

func (a *Array[T]) texts() []string { return elementTexts(a.AppendTo(nil)) }

// corners returns a copy of the elements that are printed. ok is false if even
// these are too many to be read, in an array of very many axes.
func (a *Array[T]) corners() (c *Array[T], ok bool) {
	shape := slices.Clone(a.layout.Shape)
	if a.Size() > printWhole {
		size := 1
		for i, n := range shape {
			shape[i] = min(n, 2*printEdge)
			if size *= shape[i]; size > printMost {
				return nil, false
			}
		}
	}
	c = New[T](shape...)
	index := make([]int, len(shape))
	for k := range c.data {
		rest := k
		for i := len(shape) - 1; i >= 0; i-- {
			index[i] = rest % shape[i]
			if rest /= shape[i]; index[i] >= printEdge && shape[i] < a.layout.Shape[i] {
				index[i] += a.layout.Shape[i] - shape[i]
			}
		}
		c.data[k] = a.data[a.layout.at(index)]
	}
	return c, true
}

// printer puts the texts of elements into brackets and lines.
type printer struct {
	shape, shown []int
	words        []string // of the shown elements, in row-major order
}

// axis writes one part along an axis; hanging is what its further lines begin
// with, and width what its lines may take.
func (p *printer) axis(axis int, hanging string, width int) string {
	if axis == len(p.shape)-1 {
		return p.row(axis, hanging, width)
	}
	var b strings.Builder
	between := strings.Repeat("\n", len(p.shape)-1-axis) + hanging
	b.WriteString("[")
	for i := range p.shown[axis] {
		if i > 0 {
			b.WriteString(between)
		}
		if i == printEdge && p.cut(axis) {
			b.WriteString("..." + between)
		}
		b.WriteString(p.axis(axis+1, hanging+" ", width-1))
	}
	b.WriteString("]")
	return b.String()
}

// row writes elements of the last axis, broken into lines.
func (p *printer) row(axis int, hanging string, width int) string {
	var b strings.Builder
	line := hanging
	add := func(word string) {
		if len(line)+len(word) > width-1 && len(line) > len(hanging) {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = hanging
		}
		line += word
	}
	n := p.shown[axis]
	for i, word := range p.words[:n] {
		if i == printEdge && p.cut(axis) {
			add("...")
			line += " "
		}
		add(word)
		if i < n-1 {
			line += " "
		}
	}
	p.words = p.words[n:]
	b.WriteString(line)
	return "[" + b.String()[len(hanging):] + "]"
}

// cut reports whether elements of the axis are left out.
func (p *printer) cut(axis int) bool { return p.shown[axis] < p.shape[axis] }

// elementTexts writes elements so that all take the same width.
func elementTexts[T Element](s []T) []string {
	words := make([]string, len(s))
	switch s := any(s).(type) {
	case []float32:
		f := newFloatFormat(s, 32, false)
		for i, v := range s {
			words[i] = f.text(float64(v))
		}
	case []float64:
		f := newFloatFormat(s, 64, false)
		for i, v := range s {
			words[i] = f.text(v)
		}
	case []complex64:
		re, im := Parts64(Must(FromSlice(s)))
		complexTexts(words, re.AppendTo(nil), im.AppendTo(nil), 32)
	case []complex128:
		re, im := Parts128(Must(FromSlice(s)))
		complexTexts(words, re.AppendTo(nil), im.AppendTo(nil), 64)
	default:
		plainTexts(words, s)
	}
	return words
}

// plainTexts writes integers and bools.
func plainTexts(words []string, s any) {
	width := 0
	word := func(i int, v any) {
		words[i] = scalarText(v)
		width = max(width, len(words[i]))
	}
	switch s := s.(type) {
	case []bool:
		width = len("False") // NumPy's bools are as wide as the longer one
		eachWord(s, word)
	case []int8:
		eachWord(s, word)
	case []int16:
		eachWord(s, word)
	case []int32:
		eachWord(s, word)
	case []int64:
		eachWord(s, word)
	case []uint8:
		eachWord(s, word)
	case []uint16:
		eachWord(s, word)
	case []uint32:
		eachWord(s, word)
	case []uint64:
		eachWord(s, word)
	}
	for i, w := range words {
		words[i] = strings.Repeat(" ", width-len(w)) + w
	}
}

func eachWord[T Element](s []T, word func(int, any)) {
	for i, v := range s {
		word(i, v)
	}
}

func complexTexts[F float](words []string, re, im []F, bits int) {
	f, g := newFloatFormat(re, bits, false), newFloatFormat(im, bits, true)
	for i := range words {
		part := g.text(float64(im[i]))
		number := strings.TrimRight(part, " ")
		words[i] = f.text(float64(re[i])) + number + "j" + part[len(number):]
	}
}
