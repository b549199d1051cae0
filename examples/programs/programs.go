package programs

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

//go:embed source
var sources embed.FS

var (
	compileC       = braid.Command{Args: []string{"cc", "-O2", "-o", "{2}", "{1}", "-lm"}}.FuncN("programs/compile/c", 2)
	compileFortran = braid.Command{Args: []string{"gfortran", "-O2", "-o", "{2}", "{1}"}}.FuncN("programs/compile/fortran", 2)

	compiled = braid.Command{Args: []string{"{1}", "{2}", "{3}", "{4}"}}.FuncN("programs/compiled", 4)
	python   = braid.Command{Args: []string{"python3", "{1}", "{2}", "{3}", "{4}"}}.FuncN("programs/python", 4)
	julia    = braid.Command{Args: []string{"julia", "--startup-file=no", "{1}", "{2}", "{3}", "{4}"}}.FuncN("programs/julia", 4)
	plain    = braid.Func("programs/go", func(_ context.Context, args []string) (string, error) {
		var n [3]int
		for k := range n {
			var err error
			if n[k], err = strconv.Atoi(args[k+1]); err != nil {
				return "", err
			}
		}
		return strconv.FormatFloat(rows(n[0], n[1], n[2]), 'g', -1, 64), nil
	})
)

// rows is what the programs compute.
func rows(n, first, last int) float64 {
	h := math.Pi / float64(n)
	total := 0.0
	for i := first; i < last; i++ {
		y, row := (float64(i)+0.5)*h, 0.0
		for j := range n {
			row += math.Sin((float64(j)+0.5)*h + y)
		}
		total += row
	}
	return total * h * h
}

// strips is into how many strips of rows the grid is cut.
const strips = 8

// tolerance is how far programs may differ: by the order of their sums, and the last bits of their sines.
const tolerance = 1e-9

// Run integrates by eight strips in each language that is installed. The lower half of the square has the integral 2.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (r examples.Report, err error) {
	r = examples.Report{Name: "programs", Title: "The integral of sin(x+y) over [0, π]² by programs in C, Fortran, Python and Julia."}
	n := 4000
	if p.Quick {
		n = 400
	}
	folder, err := os.MkdirTemp("", "braid-programs-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	whole := rows(n, 0, n/2)
	r.Checks = []examples.Check{{Name: "lower half, Go", Result: whole, Reference: 2, Tolerance: 1e-4}}
	for _, l := range languages {
		file, err := l.prepare(ctx, c, folder)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) {
			r.Notes = append(r.Notes, l.name+" is left out: "+strings.TrimPrefix(err.Error(), "braid: "))
			continue
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", l.name, err)
		}
		one := time.Now()
		if _, err := l.integrate(ctx, c, file, n, 1); err != nil {
			return r, fmt.Errorf("%s: %w", l.name, err)
		}
		cut := time.Now()
		lower, err := l.integrate(ctx, c, file, n, strips)
		if err != nil {
			return r, fmt.Errorf("%s: %w", l.name, err)
		}
		end := time.Now()
		r.Serial, r.Parallel, r.Tasks = r.Serial+cut.Sub(one), r.Parallel+end.Sub(cut), r.Tasks+strips
		r.Checks = append(r.Checks, examples.Check{Name: "lower half, " + l.name, Result: lower, Reference: whole, Tolerance: tolerance})
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %.3g s as one task, %.3g s as %d",
			l.name, cut.Sub(one).Seconds(), end.Sub(cut).Seconds(), strips))
	}
	return r, nil
}
