package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// body is a function that a plan runs.
type body struct {
	plan string // as people are shown it
	via  string // the function of the package that it is in; empty for the plan's own
}

func (b body) String() string {
	if b.via != "" {
		return b.plan + ", by " + b.via + ","
	}
	return b.plan
}

// plan looks into the body of a plan and into the functions of this package that it uses.
func (c *checker) plan(call *ast.CallExpr) {
	name := "the plan"
	if v := c.pass.TypesInfo.Types[call.Args[0]].Value; v != nil {
		name = "plan " + v.ExactString()
	}
	seen := map[*types.Func]bool{}
	c.look(body{plan: name}, call.Args[1], seen)
}

// look examines what runs as part of a plan. A function that is named runs, for this purpose.
func (c *checker) look(b body, root ast.Node, seen map[*types.Func]bool) {
	sorted := map[ast.Node]bool{} // calls whose order does not matter, since the result is sorted
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			c.use(b, n, seen)
		case *ast.RangeStmt:
			if t := c.pass.TypesInfo.TypeOf(n.X); t != nil && isMap(t) {
				c.report(n.For, "%s ranges over a map, whose order differs from run to run: range over slices.Sorted(maps.Keys(…))", b)
			}
		case *ast.CallExpr:
			f := typeutil.StaticCallee(c.pass.TypesInfo, n)
			if f == nil || f.Pkg() == nil {
				return true
			}
			if f.Pkg().Path() == "slices" && strings.HasPrefix(f.Name(), "Sorted") && len(n.Args) > 0 {
				sorted[ast.Unparen(n.Args[0])] = true
			}
			if f.Pkg().Path() == "maps" && inMapOrder[f.Name()] && !sorted[n] {
				c.report(n.Pos(), "%s uses maps.%s, whose order differs from run to run: sort it, as slices.Sorted does", b, f.Name())
			}
		}
		return true
	})
}

// inMapOrder are the functions of package maps that yield in the order of a map.
var inMapOrder = map[string]bool{"Keys": true, "Values": true, "All": true}

func isMap(t types.Type) bool {
	if p, ok := t.(*types.TypeParam); ok {
		t = p.Constraint()
		if i, ok := t.Underlying().(*types.Interface); ok && i.NumEmbeddeds() == 1 {
			if u, ok := i.EmbeddedType(0).(*types.Union); ok && u.Len() == 1 {
				t = u.Term(0).Type()
			}
		}
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// use examines what an identifier stands for.
func (c *checker) use(b body, id *ast.Ident, seen map[*types.Func]bool) {
	switch o := c.pass.TypesInfo.Uses[id].(type) {
	case *types.Func:
		f := o.Origin()
		if why := differs(f); why != "" {
			c.report(id.Pos(), "%s uses %s.%s, %s: let the client find that out and pass it in the argument", b, f.Pkg().Name(), f.Name(), why)
		}
		if d := c.bodies[f]; d != nil && !seen[f] {
			seen[f] = true
			c.look(body{plan: b.plan, via: f.Name()}, d.Body, seen)
		}
	case *types.Var:
		if why := c.changes(o); why != "" {
			name := o.Name()
			if o.Pkg() != c.pass.Pkg {
				name = o.Pkg().Name() + "." + name
			}
			c.report(id.Pos(), "%s uses package variable %s, %s: every process has its own; pass it in the argument", b, name, why)
		}
	}
}

// differs returns why a function of the standard library gives something else in another process, or nothing.
func differs(f *types.Func) string {
	if f.Pkg() == nil || f.Signature().Recv() != nil {
		return ""
	}
	switch path, name := f.Pkg().Path(), f.Name(); path {
	case "math/rand", "math/rand/v2":
		if !strings.HasPrefix(name, "New") {
			return "a random number without a seed"
		}
	case "crypto/rand":
		return "a random number without a seed"
	case "hash/maphash":
		if name == "MakeSeed" {
			return "which is random in every process"
		}
	default:
		return outside[path+"."+name]
	}
	return ""
}

// outside are functions that look at the clock or at the process.
var outside = func() map[string]string {
	m := map[string]string{}
	for why, names := range map[string]string{
		"which reads the clock": "time.Now time.Since time.Until",
		"which differs between processes": "os.Getenv os.LookupEnv os.Environ os.ExpandEnv os.Getpid os.Getppid os.Hostname os.Getwd os.Executable " +
			"os.TempDir os.UserHomeDir os.UserCacheDir os.UserConfigDir runtime.NumCPU runtime.NumGoroutine runtime.GOMAXPROCS",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = why
		}
	}
	return m
}()

// place returns "file.go:12".
func (c *checker) place(n ast.Node) string {
	at := c.pass.Fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", at.Filename[strings.LastIndexAny(at.Filename, `/\`)+1:], at.Line)
}
