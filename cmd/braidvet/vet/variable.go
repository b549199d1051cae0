package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// variable is what a package does with a variable of its own.
type variable struct {
	changed ast.Node    // where it gets another value, or its address goes elsewhere
	from    *types.Func // the function of the environment that its value is made with
}

// variables looks at what happens to the package's variables.
func variables(pass *analysis.Pass) map[*types.Var]*variable {
	vars := map[*types.Var]*variable{}
	of := func(e ast.Expr) *variable {
		v := packageVar(pass.TypesInfo, e)
		if v == nil || v.Pkg() != pass.Pkg {
			return nil
		}
		if vars[v] == nil {
			vars[v] = &variable{}
		}
		return vars[v]
	}
	change := func(e ast.Expr, at ast.Node) {
		if v := of(e); v != nil && v.changed == nil {
			v.changed = at
		}
	}
	for _, f := range pass.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					change(l, n)
				}
			case *ast.IncDecStmt:
				change(n.X, n)
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					change(n.Key, n)
					change(n.Value, n)
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					change(n.X, n)
				}
			case *ast.CallExpr:
				if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && takesAddress(pass.TypesInfo, sel) {
					change(sel.X, n)
				}
				if changesArgument(pass.TypesInfo, n) {
					change(n.Args[0], n)
				}
			case *ast.ValueSpec:
				for k, name := range n.Names {
					if len(n.Values) == 0 {
						break
					}
					if v := of(name); v != nil {
						v.from = environment(pass.TypesInfo, n.Values[min(k, len(n.Values)-1)])
					}
				}
			}
			return true
		})
	}
	return vars
}

// packageVar returns the package variable that an expression is, or is a part of.
func packageVar(info *types.Info, e ast.Expr) *types.Var {
	for e != nil {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			o := info.ObjectOf(x)
			if v, ok := o.(*types.Var); ok && isPackageVar(v) {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			if v, ok := info.Uses[x.Sel].(*types.Var); ok && isPackageVar(v) {
				return v // of another package
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
	return nil
}

func isPackageVar(v *types.Var) bool {
	return v.Pkg() != nil && !v.IsField() && v.Parent() == v.Pkg().Scope()
}

// takesAddress reports whether a method is called on the address of a variable.
func takesAddress(info *types.Info, sel *ast.SelectorExpr) bool {
	s := info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return false
	}
	_, pointer := s.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
	_, already := s.Recv().(*types.Pointer)
	return pointer && !already
}

// changesArgument reports whether a call is of a built-in function that changes its first argument.
func changesArgument(info *types.Info, call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return false
	}
	b, ok := info.Uses[id].(*types.Builtin)
	return ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy")
}

// environment returns the function by which a value comes from outside of the program, or nil.
func environment(info *types.Info, e ast.Expr) (found *types.Func) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // runs later, if at all
		case *ast.CallExpr:
			f := typeutil.StaticCallee(info, n)
			if f != nil && f.Pkg() != nil && (f.Pkg().Path() == "flag" || f.Pkg().Path() == "github.com/spf13/pflag" || differs(f) != "") {
				found = f
			}
		}
		return true
	})
	return found
}

// changes returns why a variable may differ between processes, or nothing.
func (c *checker) changes(v *types.Var) string {
	if !isPackageVar(v) || isHandle(v.Type()) {
		return ""
	}
	if v.Pkg() != c.pass.Pkg {
		return "which its package, or any other, may change"
	}
	known := c.vars[v]
	switch {
	case known != nil && known.from != nil:
		return "which is made by " + known.from.Pkg().Name() + "." + known.from.Name()
	case known != nil && known.changed != nil:
		return "which " + c.place(known.changed) + " changes"
	case v.Exported():
		return "which any package may change"
	}
	return ""
}

// isHandle reports whether a value of the type is the same in every process, as far as a plan is concerned: registered
// functions and plans, embedded files, compiled patterns, tables of characters and errors.
func isHandle(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	o := n.Obj()
	if o.Pkg() == nil {
		return o.Name() == "error"
	}
	switch o.Pkg().Path() + "." + o.Name() {
	case "embed.FS", "regexp.Regexp", "unicode.RangeTable", "unicode.SpecialCase", "encoding/binary.littleEndian", "encoding/binary.bigEndian":
		return true
	}
	return o.Pkg().Path() == braid
}
