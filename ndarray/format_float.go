package ndarray

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// printPrecision is the greatest number of digits after the point.
const printPrecision = 8

// floatFormat writes floats with the points below each other: in positions, or
// with exponents if the magnitudes are far apart, very large or very small.
type floatFormat struct {
	bits        int
	sign        bool // + before what is not negative
	exponent    bool
	left, right int // columns before and after the point
	digits      int // after the point, before an exponent
	expDigits   int
}

func newFloatFormat[F float](values []F, bits int, sign bool) floatFormat {
	f := floatFormat{bits: bits, sign: sign}
	least, most := math.Inf(1), 0.0
	finite, infinite, negative := false, false, false
	for _, v := range values {
		x := float64(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			infinite, negative = true, negative || x < 0
			continue
		}
		finite = true
		if x != 0 {
			least, most = min(least, math.Abs(x)), max(most, math.Abs(x))
		}
	}
	if most > 0 {
		// Divided in the type of the elements, because that is where NumPy's
		// quotient rounds.
		ratio := F(most) / F(least)
		f.exponent = most >= 1e8 || least < 0.0001 || ratio > 1000
	}
	for _, v := range values {
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			f.widen(x)
		}
	}
	if f.exponent {
		f.right = f.digits + f.expDigits + 2 // the e and its sign
	}
	if infinite {
		inf := len("inf")
		if negative || sign {
			inf++
		}
		f.left = max(f.left, max(len("nan"), inf)-f.right-1)
	}
	if !finite {
		f.exponent = false
	}
	return f
}

// widen makes room for x.
func (f *floatFormat) widen(x float64) {
	s := f.shortest(x)
	if f.exponent {
		var exp string
		s, exp, _ = strings.Cut(s, "e")
		f.expDigits = max(f.expDigits, len(exp)-1)
	}
	whole, fraction, _ := strings.Cut(s, ".")
	f.left = max(f.left, len(whole))
	f.digits = max(f.digits, len(fraction))
	f.right = f.digits
}

// shortest writes x with the fewest digits that tell it from its neighbours, at
// most printPrecision of them after the point.
func (f *floatFormat) shortest(x float64) string {
	verb := byte('f')
	if f.exponent {
		verb = 'e'
	}
	s := strconv.FormatFloat(x, verb, -1, f.bits)
	number, exp, hasExp := strings.Cut(s, "e")
	whole, fraction, _ := strings.Cut(number, ".")
	if len(fraction) > printPrecision {
		number, exp, _ = strings.Cut(strconv.FormatFloat(x, verb, printPrecision, f.bits), "e")
		whole, fraction, _ = strings.Cut(number, ".")
		fraction = strings.TrimRight(fraction, "0")
	}
	s = whole + "." + fraction
	if f.sign && !strings.HasPrefix(s, "-") {
		s = "+" + s
	}
	if hasExp {
		s += "e" + exp
	}
	return s
}

// text writes x in the columns of f.
func (f *floatFormat) text(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		s := scalarText(x)
		if f.sign && !(x < 0) {
			s = "+" + s
		}
		return fmt.Sprintf("%*s", f.left+f.right+1, s)
	}
	if !f.exponent {
		whole, fraction, _ := strings.Cut(f.shortest(x), ".")
		return fmt.Sprintf("%*s.%-*s", f.left, whole, f.right, fraction)
	}
	// All digits that there is room for, also those that do not tell x from its
	// neighbours.
	number, exp, _ := strings.Cut(strconv.FormatFloat(x, 'e', f.digits, f.bits), "e")
	if f.sign && number[0] != '-' {
		number = "+" + number
	}
	whole, fraction, _ := strings.Cut(number, ".")
	return fmt.Sprintf("%*s.%se%c%0*s", f.left, whole, fraction, exp[0], f.expDigits, exp[1:])
}

// scalarText writes one number as NumPy writes a scalar.
func scalarText(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float32:
		return floatText(float64(v), 32, ".0")
	case float64:
		return floatText(v, 64, ".0")
	case complex64:
		return complexText(complex128(v), 32)
	case complex128:
		return complexText(v, 64)
	}
	return fmt.Sprint(v)
}

// floatText writes x with the fewest digits that tell it from its neighbours;
// whole is what follows a number without a fraction.
func floatText(x float64, bits int, whole string) string {
	switch m := math.Abs(x); {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(x, 'f', -1, bits)), "+")
	case m != 0 && (m < 1e-4 || m >= 1e16):
		return strconv.FormatFloat(x, 'e', -1, bits)
	}
	s := strconv.FormatFloat(x, 'f', -1, bits)
	if !strings.Contains(s, ".") {
		s += whole
	}
	return s
}

func complexText(z complex128, bits int) string {
	im := floatText(imag(z), bits, "") + "j"
	if real(z) == 0 && !math.Signbit(real(z)) {
		return im
	}
	if im[0] != '-' {
		im = "+" + im
	}
	return "(" + floatText(real(z), bits, "") + im + ")"
}
