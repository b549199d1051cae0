package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// A family is the functions of one group of generated files.
type family struct {
	name     string
	programs []*program // in assembly and in Go
	scalar   []*program // in Go only
	assemble func(g *generator)
}

var families = []family{
	{name: "exp", programs: []*program{exp, exp2, expm1}},
	{name: "log", programs: []*program{log, log2, log10, log1p}},
	{name: "hyperbolic", programs: []*program{sinh, cosh, tanh}},
	{name: "inverse", programs: []*program{asin, acos, atan, atan2}},
	{name: "panel", assemble: multiplying},
	{name: "power", programs: []*program{pow, cbrt, hypot}},
	{name: "arith", assemble: arithmetic},
	{name: "compare", assemble: comparing},
	{name: "convert", assemble: converting},
	{name: "reduce", assemble: reducing},
	{name: "select", assemble: selecting},
	{name: "trig", programs: []*program{sin, cos, tan}, scalar: []*program{sineOfParts, cosineOfParts, tangentOfParts, cotangentOfParts}},
}

// unrolls are the vectors side by side with AVX2 and with AVX-512, where more than
// one is faster: processors reach ahead by themselves, and registers are few.
var unrolls = map[string][2]int{
	"exp": {2, 4}, "exp2": {2, 4}, "expm1": {1, 2}, "log": {1, 2}, "sin": {2, 4}, "cos": {2, 4},
	"sinh": {1, 2}, "cosh": {1, 2}, "tanh": {1, 2},
}

// A generator collects the functions of one family.
type generator struct {
	ctx   *build.Context
	pool  *constants
	table *table
}

// both runs f for each instruction set.
func (g *generator) both(f func(a *assembler, level int)) {
	f(&assembler{ctx: g.ctx, isa: avx2{g.ctx, g.pool}, pool: g.pool}, 0)
	f(&assembler{ctx: g.ctx, isa: avx512{g.ctx}, pool: g.pool}, 1)
}

// generate returns the generated files by name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	all := &table{}
	for _, f := range families {
		g := &generator{ctx: build.NewContext(), pool: newConstants(f.name + "Constants"), table: all}
		for _, p := range f.programs {
			for _, typ := range []string{"Float64", "Float32"} {
				g.both(func(a *assembler, level int) {
					a.function(p, typ, max(1, unrolls[p.name][level]))
					g.table.add(a.isa, []string{"unary", "binary"}[p.arity-1], upper(p.name), typ, p.name+typ)
				})
			}
		}
		if f.assemble != nil {
			f.assemble(g)
		}
		g.pool.write(g.ctx)
		if err := assembly(files, f.name, g.ctx); err != nil {
			return nil, fmt.Errorf("family %s: %w", f.name, err)
		}
		if f.programs == nil {
			continue
		}
		data, err := portable(append(f.programs, f.scalar...))
		if err != nil {
			return nil, fmt.Errorf("family %s: %w", f.name, err)
		}
		files[f.name+"_scalar.go"] = data
	}
	var err error
	if files["kernels_amd64.go"], err = all.source(); err != nil {
		return nil, err
	}
	files["trig_table.go"], err = trigTable()
	return files, err
}

// assembly adds the two files of an assembled family.
func assembly(files map[string][]byte, name string, ctx *build.Context) error {
	ctx.ConstraintExpr("amd64")
	ctx.ConstraintExpr("!purego")
	f, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	cfg := printer.Config{Name: "internal/kernel/vector/gen", Pkg: "vector"}
	code, err := printer.NewGoAsm(cfg).Print(f)
	if err != nil {
		return err
	}
	stubs, err := printer.NewStubs(cfg).Print(f)
	if err != nil {
		return err
	}
	files[name+"_amd64.s"] = code
	files[name+"_amd64.go"] = bytes.Replace(stubs, []byte("package vector\n"), []byte("package vector\n\nimport \"unsafe\"\n"), 1)
	return nil
}

// lower makes the first letter of a name small.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// upperCase makes all letters capitals.
func upperCase(s string) string { return strings.ToUpper(s) }

// upper makes the first letter of a name a capital.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
