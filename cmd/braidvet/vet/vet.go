package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// Analyzer finds what works in one process only.
var Analyzer = &analysis.Analyzer{
	Name: "braidvet",
	Doc: `find uses of braid that work in one process only

Registrations (Func, Func2, Func3, FuncView, Plan) must stand where package variables are initialised, so that worker
processes make them too. The body of a Plan runs again in every worker process and must build the same collection of
the same argument: it must not use package variables that change, the clock, the environment, random numbers without
a seed, or the order of a map. A line that ends with "//braidvet:ignore" and a reason is left alone.`,
	Run: run,
}

// braid is the path of the package whose uses are looked at.
const braid = "github.com/braid-compute/braid"

// registering are the functions of braid that must be called where package variables are initialised.
var registering = map[string]bool{"Func": true, "Func2": true, "Func3": true, "FuncView": true, "Plan": true}

// checker looks at one package.
type checker struct {
	pass    *analysis.Pass
	bodies  map[*types.Func]*ast.FuncDecl
	vars    map[*types.Var]*variable
	ignored map[string]map[int]bool // lines by file
}

func run(pass *analysis.Pass) (any, error) {
	if !uses(pass.Pkg, braid) {
		return nil, nil
	}
	c := &checker{pass: pass, bodies: map[*types.Func]*ast.FuncDecl{}, ignored: map[string]map[int]bool{}}
	for _, f := range pass.Files {
		c.ignore(f)
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
				if fn, ok := pass.TypesInfo.Defs[d.Name].(*types.Func); ok {
					c.bodies[fn] = d
				}
			}
		}
	}
	c.vars = variables(pass)
	for _, f := range pass.Files {
		for _, d := range f.Decls {
			c.registrations(d)
		}
	}
	return nil, nil
}

// uses reports whether a package imports another.
func uses(p *types.Package, path string) bool {
	for _, i := range p.Imports() {
		if i.Path() == path {
			return true
		}
	}
	return false
}

// ignore notes the lines that are to be left alone.
func (c *checker) ignore(f *ast.File) {
	for _, g := range f.Comments {
		for _, l := range g.List {
			reason, ok := strings.CutPrefix(l.Text, "//braidvet:ignore ")
			if !ok || strings.TrimSpace(reason) == "" {
				continue
			}
			at := c.pass.Fset.Position(l.Pos())
			if c.ignored[at.Filename] == nil {
				c.ignored[at.Filename] = map[int]bool{}
			}
			c.ignored[at.Filename][at.Line] = true
		}
	}
}

// report reports a finding unless its line is left alone.
func (c *checker) report(pos token.Pos, format string, args ...any) {
	at := c.pass.Fset.Position(pos)
	if !c.ignored[at.Filename][at.Line] {
		c.pass.Reportf(pos, format, args...)
	}
}

// registrations finds the registrations in a declaration, says which are at the wrong place, and looks into plans.
func (c *checker) registrations(d ast.Decl) {
	inInit := false
	if f, ok := d.(*ast.FuncDecl); ok {
		inInit = f.Recv == nil && f.Name.Name == "init"
	}
	_, inVars := d.(*ast.GenDecl)
	var literals int // function literals around, which do not run while variables are initialised
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			literals++
			ast.Inspect(n.Body, visit)
			literals--
			return false
		case *ast.CallExpr:
			if lit, ok := ast.Unparen(n.Fun).(*ast.FuncLit); ok { // called on the spot
				ast.Inspect(lit.Body, visit)
				for _, a := range n.Args {
					ast.Inspect(a, visit)
				}
				return false
			}
			name, ok := c.registers(n)
			if !ok {
				return true
			}
			if literals > 0 || !inInit && !inVars {
				c.report(n.Pos(), "braid.%s is called outside of package variables: worker processes do not run this line and will not know the function; "+
					"make it the initial value of a package variable", name)
			}
			if name == "Plan" && len(n.Args) == 2 {
				c.plan(n)
			}
		}
		return true
	}
	ast.Inspect(d, visit)
}

// registers returns which function of braid a call registers something with.
func (c *checker) registers(call *ast.CallExpr) (string, bool) {
	f := typeutil.StaticCallee(c.pass.TypesInfo, call)
	if f == nil || f.Pkg() == nil || f.Pkg().Path() != braid || !registering[f.Name()] || f.Signature().Recv() != nil {
		return "", false
	}
	return f.Name(), true
}
