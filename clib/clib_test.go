//go:build unix

package clib

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/braid-compute/braid"
)

// folder is the variable that names where the libraries are, in workers too.
const folder = "CLIB_TEST_FOLDER"

// span is what to integrate over, in so many steps.
type span struct {
	N    int64
	A, B float64
}

var (
	c       = Open("$" + folder + "/libc_integral.so")
	fortran = Open("$" + folder + "/libfortran_integral.so")

	inC = Func("c/integral", c, "integral", func(f func(n int64, a, b float64) float64, s span) (float64, error) {
		return f(s.N, s.A, s.B), nil
	})
	inFortran = Func("fortran/integral", fortran, "integral", func(f func(n int64, a, b *float64) float64, s span) (float64, error) {
		return f(s.N, &s.A, &s.B), nil
	})
	threads  = Func("c/threads", c, "threads", func(f func() int32, _ int) (int32, error) { return f(), nil })
	variable = Func("c/variable", c, "variable", func(f func(string) int32, name string) (int32, error) { return f(name), nil })
	scaled   = Func("c/scaled", c, "scale", func(f func(*float64, int64, float64), x []float64) ([]float64, error) {
		x = slices.Clone(x)
		f(unsafe.SliceData(x), int64(len(x)), 2)
		return x, nil
	})
	crash   = Func("c/crash", c, "crash", func(f func(), n int) (int, error) { f(); return n, nil })
	missing = Func("c/missing", c, "no_such_function", func(f func(), n int) (int, error) { f(); return n, nil })
	strange = Func("c/strange", c, "threads", func(f func(map[string]int), n int) (int, error) { f(nil); return n, nil })
	nowhere = Func("nowhere", Open("/nowhere/lib.so"), "f", func(f func(), n int) (int, error) { f(); return n, nil })
)

func TestMain(m *testing.M) { braid.TestMain(m) }

// compile builds a library of testdata, or skips the test without a compiler.
func compile(t *testing.T, compiler, source, library string) {
	t.Helper()
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), compiler, "-O2", "-fopenmp", "-shared", "-fPIC", "-o", filepath.Join(dir, library), filepath.Join("testdata", source)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv(folder, dir)
}

// client runs calls in worker processes of two slots, where a library that was opened stays.
func client(t *testing.T) *braid.Client {
	t.Helper()
	cl, err := braid.Open(t.Context(), braid.Options{Processes: 1, Slots: 2, Report: new(strings.Builder)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cl.Close(); err != nil {
			t.Error(err)
		}
	})
	return cl
}

func get[A, R any](t *testing.T, cl *braid.Client, f *braid.Func1[A, R], arg A) (R, error) {
	t.Helper()
	return braid.Submit(t.Context(), cl, f.Call(braid.V(arg))).Get(t.Context())
}

func TestIntegrals(t *testing.T) {
	for _, one := range []struct {
		compiler, source, library string
		f                         *braid.Func1[span, float64]
	}{{"gcc", "integral.c", "libc_integral.so", inC}, {"gfortran", "integral.f90", "libfortran_integral.so", inFortran}} {
		t.Run(one.compiler, func(t *testing.T) {
			compile(t, one.compiler, one.source, one.library)
			cl := client(t)
			var parts []span
			for k := range 8 {
				parts = append(parts, span{10_000, float64(k) / 8, float64(k+1) / 8})
			}
			sums, err := one.f.Map(t.Context(), cl, parts).Gather(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pi := 0.0
			for _, s := range sums {
				pi += s
			}
			if math.Abs(pi-math.Pi) > 1e-9 {
				t.Errorf("pi is %v", pi)
			}
		})
	}
}

func TestALibraryHasTheThreadsOfItsCall(t *testing.T) {
	compile(t, "gcc", "integral.c", "libc_integral.so")
	cl := client(t)
	for _, cores := range []float64{2, 1, 2} { // the first opens it
		n, err := get(t, cl, threads.With(braid.Cores(cores)), 0)
		if err != nil || n != int32(cores) {
			t.Errorf("with %v cores it has %d threads, %v", cores, n, err)
		}
	}
	for _, name := range threadVariables {
		if n, err := get(t, cl, variable, name); n != 2 || err != nil {
			t.Errorf("%s is %d, %v", name, n, err)
		}
	}
	if v, ok := os.LookupEnv("OMP_NUM_THREADS"); ok {
		t.Errorf("the program that has no library has OMP_NUM_THREADS=%s", v)
	}
}

func TestMemoryOfGoIsLent(t *testing.T) {
	compile(t, "gcc", "integral.c", "libc_integral.so")
	if x, err := get(t, client(t), scaled, []float64{1, 2.5}); err != nil || fmt.Sprint(x) != "[2 5]" {
		t.Errorf("%v, %v", x, err)
	}
}

func TestALibraryThatCrashesFailsItsCallAlone(t *testing.T) {
	compile(t, "gcc", "integral.c", "libc_integral.so")
	cl := client(t)
	if _, err := get(t, cl, crash.With(braid.Isolated()), 1); err == nil {
		t.Error("it has a result")
	}
	if n, err := get(t, cl, threads, 0); err != nil || n < 1 {
		t.Errorf("afterwards a call has %d threads, %v", n, err)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	compile(t, "gcc", "integral.c", "libc_integral.so")
	cl := client(t)
	for want, f := range map[string]*braid.Func1[int, int]{"no_such_function": missing, "cannot be called as a": strange, "/nowhere/lib.so": nowhere} {
		if _, err := get(t, cl, f, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
