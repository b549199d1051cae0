package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// A pkg is the sources of one folder.
type pkg struct {
	folder  string
	sources []*source
}

// name returns the package's name, "" for a folder that holds only tests.
func (p *pkg) name() string {
	for _, s := range p.sources {
		if !s.isTest() {
			return s.file.Name.Name
		}
	}
	return ""
}

// isPublic reports whether programs outside this module can and should import
// the package.
func (p *pkg) isPublic() bool {
	top, _, _ := strings.Cut(p.folder, "/")
	return p.name() != "" && p.name() != "main" && !slices.Contains([]string{"internal", "cmd", "examples"}, top)
}

// packages groups sources by folder.
func packages(sources []*source) (pkgs []*pkg) {
	byFolder := map[string]*pkg{}
	for _, s := range sources {
		p := byFolder[s.folder()]
		if p == nil {
			p = &pkg{folder: s.folder()}
			byFolder[s.folder()] = p
			pkgs = append(pkgs, p)
		}
		p.sources = append(p.sources, s)
	}
	return pkgs
}

// checkPackageDoc wants one package comment; in doc.go when there are more
// files, so that one knows where to look.
func checkPackageDoc(p *pkg) []string {
	if p.name() == "" {
		return nil
	}
	var with []*source
	files := 0
	for _, s := range p.sources {
		if s.isTest() {
			continue
		}
		files++
		if s.file.Doc != nil && len(strings.TrimSpace(s.file.Doc.Text())) > 0 {
			with = append(with, s)
		}
	}
	prefix := "Package " + p.name() + " "
	if p.name() == "main" {
		prefix = "Command " // what follows is the folder's name, by which the program is called
	}
	home := path.Join(p.folder, "doc.go")
	switch {
	case len(with) == 0:
		return []string{fmt.Sprintf("%s:1: package %s has no package comment. Write one that begins %q and says what it does, why, and its limits", home, p.folder, prefix)}
	case len(with) > 1:
		return []string{fmt.Sprintf("%s: package %s has a second package comment; the first is in %s. Join them in doc.go", with[1].at(with[1].file.Doc.Pos()), p.folder, with[0].path)}
	case p.name() != "main" && files > 1 && with[0].path != home:
		return []string{fmt.Sprintf("%s: the package comment stands in %s. Move it to %s, where a reader looks first", with[0].at(with[0].file.Doc.Pos()), with[0].path, home)}
	case !strings.HasPrefix(with[0].file.Doc.Text(), prefix):
		return []string{fmt.Sprintf("%s: the package comment does not begin with %q. Begin it so, as go doc expects", with[0].at(with[0].file.Doc.Pos()), prefix)}
	}
	return nil
}

// conventional lists methods whose meaning the standard library has fixed.
var conventional = []string{"Error", "Unwrap", "Is", "As", "String"}

// checkExported wants a comment on every exported name at package level and on
// exported methods of exported types. A comment on a group covers constants
// and variables in it.
func checkExported(s *source) (complaints []string) {
	if s.isTest() {
		return nil
	}
	missing := func(n *ast.Ident, kind string) {
		complaints = append(complaints, fmt.Sprintf("%s: exported %s %s has no comment. Say what it is, with its units, shapes, limits and errors", s.at(n.Pos()), kind, n.Name))
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if !d.Name.IsExported() || d.Doc != nil {
				continue
			}
			switch {
			case d.Recv == nil:
				missing(d.Name, "function")
			case ast.IsExported(receiver(d)) && !slices.Contains(conventional, d.Name.Name):
				missing(d.Name, "method")
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				checkSpec(d, spec, missing)
			}
		}
	}
	return complaints
}

// checkSpec looks at one line of a declaration.
func checkSpec(d *ast.GenDecl, spec ast.Spec, missing func(*ast.Ident, string)) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			missing(spec.Name, "type")
		}
	case *ast.ValueSpec:
		if d.Doc != nil || spec.Doc != nil || spec.Comment != nil {
			return
		}
		kind := "variable"
		if d.Tok == token.CONST {
			kind = "constant"
		}
		for _, n := range spec.Names {
			if n.IsExported() {
				missing(n, kind)
			}
		}
	}
}

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// checkExample wants an Example that is run: one with an Output comment.
func checkExample(p *pkg) []string {
	if !p.isPublic() {
		return nil
	}
	unrun := ""
	for _, s := range p.sources {
		if !s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			if hasOutput(s, f) {
				return nil
			}
			unrun = s.at(f.Pos())
		}
	}
	if unrun != "" {
		return []string{fmt.Sprintf("%s: no Example of package %s is run: none ends in an \"// Output:\" comment. Print the result and state it", unrun, p.folder)}
	}
	return []string{fmt.Sprintf("%s:1: public package %s has no Example. Add example_test.go with one that prints a result and states it after \"// Output:\"", path.Join(p.folder, "example_test.go"), p.folder)}
}

// hasOutput reports whether the function holds a comment that states its
// output.
func hasOutput(s *source, f *ast.FuncDecl) bool {
	for _, c := range s.file.Comments {
		text := strings.ToLower(strings.TrimSpace(c.Text()))
		if f.Pos() < c.Pos() && c.End() < f.End() && (strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:")) {
			return true
		}
	}
	return false
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range packages(repo(t).sources) {
		report(t, checkPackageDoc(p))
	}
}

func TestEveryExportedNameOfAPublicPackageIsDocumented(t *testing.T) {
	for _, p := range packages(repo(t).module()) {
		for _, s := range p.sources {
			if p.isPublic() {
				report(t, checkExported(s))
			}
		}
	}
}

func TestEveryPublicPackageHasAnExampleThatIsRun(t *testing.T) {
	for _, p := range packages(repo(t).module()) {
		report(t, checkExample(p))
	}
}

func TestTheRulesOfDocumentationCatch(t *testing.T) {
	group := func(t *testing.T, files ...string) *pkg {
		t.Helper()
		var sources []*source
		for i := 0; i < len(files); i += 2 {
			s, err := parse(text{files[i], []byte(files[i+1])})
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, s)
		}
		return packages(sources)[0]
	}
	const doc = "// Package a is.\npackage a"
	for name, c := range map[string]struct {
		got   []string
		words []string
	}{
		"a doc.go":              {checkPackageDoc(group(t, "a/doc.go", doc, "a/b.go", "package a")), nil},
		"one file":              {checkPackageDoc(group(t, "a/a.go", doc)), nil},
		"no comment":            {checkPackageDoc(group(t, "a/b.go", "package a")), []string{"a/doc.go:1", `"Package a "`}},
		"two comments":          {checkPackageDoc(group(t, "a/b.go", doc, "a/doc.go", doc)), []string{"a/doc.go:1", "a/b.go"}},
		"a comment elsewhere":   {checkPackageDoc(group(t, "a/b.go", doc, "a/c.go", "package a")), []string{"a/b.go:1", "a/doc.go"}},
		"another beginning":     {checkPackageDoc(group(t, "a/doc.go", "// All of it.\npackage a")), []string{`"Package a "`}},
		"a program":             {checkPackageDoc(group(t, "cmd/a/main.go", "// Command a runs.\npackage main")), nil},
		"only tests":            {checkPackageDoc(group(t, "a/b_test.go", "package a")), nil},
		"an example":            {checkExample(group(t, "a/a.go", doc, "a/e_test.go", "package a_test\nfunc Example() {\n\tprintln()\n\t// Output: 1\n}")), nil},
		"no example":            {checkExample(group(t, "a/a.go", doc)), []string{"a/example_test.go:1", "has no Example"}},
		"an example not run":    {checkExample(group(t, "a/a.go", doc, "a/e_test.go", "package a_test\nfunc Example() {}\n")), []string{"a/e_test.go:2", "Output"}},
		"no example is needed":  {checkExample(group(t, "internal/a/a.go", doc)), nil},
		"a program needs none":  {checkExample(group(t, "cmd/a/a.go", "package main")), nil},
		"an output out of turn": {checkExample(group(t, "a/a.go", doc, "a/e_test.go", "package a_test\nfunc Example() {}\n// Output: 1\n")), []string{"a/e_test.go:2"}},
	} {
		wantComplaint(t, name, c.got, c.words...)
	}
	for name, c := range map[string]struct {
		code  string
		words []string
	}{
		"a comment":               {"// F is.\nfunc F() {}", nil},
		"no comment":              {"func F() {}", []string{"a.go:2", "function F"}},
		"a method":                {"// T is.\ntype T[P any] struct{}\nfunc (t *T[P]) M() {}", []string{"a.go:4", "method M"}},
		"a method all know":       {"// T is.\ntype T int\nfunc (T) String() string { return \"\" }", nil},
		"a hidden type's method":  {"type t int\nfunc (t) M() {}", nil},
		"a type":                  {"type T int", []string{"a.go:2", "type T"}},
		"a type in a group":       {"// Types.\ntype (\n\tT int\n)", []string{"a.go:4", "type T"}},
		"a constant":              {"const C = 1", []string{"constant C"}},
		"a group of constants":    {"// Kinds.\nconst (\n\tC = iota\n\tD\n)", nil},
		"a comment behind a name": {"var (\n\tV int // is\n)", nil},
		"a variable":              {"var V, w int", []string{"variable V"}},
	} {
		catches(t, name, checkExported, "a.go", "package a\n"+c.code+"\n", c.words...)
	}
}
