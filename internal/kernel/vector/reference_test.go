package vector

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A longer file of reference values can be made with testdata/reference.py COUNT.
var referenceFile = flag.String("reference", filepath.Join("testdata", "elementary.bin"), "file of exact values of the elementary functions")

// A reference is what one function should give.
type reference struct {
	name  string
	arity int
	args  [2][]float64
	value []float64 // correctly rounded
	rest  []float64 // exact value less value, in last places of value
}

func readReferences(tb testing.TB) (facts string, refs []reference) {
	tb.Helper()
	f, err := os.Open(*referenceFile)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	facts, err = r.ReadString('\n')
	for err == nil {
		var ref reference
		var line string
		if line, err = r.ReadString('\n'); err != nil {
			break
		}
		ref, err = readReference(r, line)
		refs = append(refs, ref)
	}
	if err != io.EOF {
		tb.Fatalf("%s: %v", *referenceFile, err)
	}
	return facts, refs
}

func readReference(r io.Reader, line string) (ref reference, err error) {
	count := 0
	if _, err = fmt.Sscanf(line, "%s %d %d", &ref.name, &ref.arity, &count); err != nil {
		return ref, err
	}
	record := make([]byte, 8*(ref.arity+1)+1)
	for range count {
		if _, err = io.ReadFull(r, record); err != nil {
			return ref, err
		}
		number := func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(record[8*i:])) }
		for i := range ref.arity {
			ref.args[i] = append(ref.args[i], number(i))
		}
		ref.value = append(ref.value, number(ref.arity))
		ref.rest = append(ref.rest, float64(int8(record[len(record)-1]))/250)
	}
	return ref, nil
}

// functions are the elementary functions by name.
func functions[T Float]() map[string]func(dst, x, y []T) {
	one := func(f func(dst, x []T)) func(dst, x, y []T) { return func(dst, x, _ []T) { f(dst, x) } }
	return map[string]func(dst, x, y []T){
		"exp": one(Exp[T]), "exp2": one(Exp2[T]), "expm1": one(Expm1[T]), "log": one(Log[T]), "log2": one(Log2[T]), "log10": one(Log10[T]),
		"log1p": one(Log1p[T]), "sin": one(Sin[T]), "cos": one(Cos[T]), "tan": one(Tan[T]), "asin": one(Asin[T]), "acos": one(Acos[T]),
		"atan": one(Atan[T]), "sinh": one(Sinh[T]), "cosh": one(Cosh[T]), "tanh": one(Tanh[T]), "cbrt": one(Cbrt[T]),
		"atan2": Atan2[T], "pow": Pow[T], "hypot": Hypot[T],
	}
}

// eachLevel runs a test with every level that this processor has.
func eachLevel(t *testing.T, test func(t *testing.T)) {
	for l := range Best() + 1 {
		t.Run(l.String(), func(t *testing.T) {
			defer Use(Use(l))
			test(t)
		})
	}
}

// ulp is the distance of x to the next number away from zero.
func ulp(x float64) float64 {
	x = math.Abs(x)
	if x == math.MaxFloat64 {
		return 0x1p971
	}
	return math.Nextafter(x, math.Inf(1)) - x
}

// worstError returns the greatest distance of got to the exact values, in last
// places, and where it is.
func worstError(got []float64, ref reference) (worst float64, at int) {
	for i, y := range got {
		e := math.Abs((y-ref.value[i])/ulp(ref.value[i]) - ref.rest[i])
		if !(e <= worst) {
			worst, at = e, i
		}
	}
	return worst, at
}

func TestElementaryFunctionsAreAccurate(t *testing.T) {
	facts, refs := readReferences(t)
	t.Logf("references: %s", facts)
	eachLevel(t, func(t *testing.T) {
		for _, ref := range refs {
			got := make([]float64, len(ref.value))
			functions[float64]()[ref.name](got, ref.args[0], ref.args[1])
			worst, at := worstError(got, ref)
			if !(worst <= 2) {
				t.Errorf("%s(%x, %x) = %x, want %x: %.3g ulp away", ref.name, ref.args[0][at], second(ref, at), got[at], ref.value[at], worst)
			}
			t.Logf("%-6s %.3f ulp at %v %v", ref.name, worst, ref.args[0][at], second(ref, at))
		}
	})
}

func second(ref reference, i int) float64 {
	if ref.arity == 2 {
		return ref.args[1][i]
	}
	return 0
}
