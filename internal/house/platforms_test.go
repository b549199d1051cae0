package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// platforms are those a release is built for.
var platforms = []struct{ os, arch string }{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"darwin", "arm64"},
	{"windows", "amd64"},
}

// eachOther runs a test for every platform but the one the tests run on, with the environment that stands for it.
func eachOther(t *testing.T, f func(t *testing.T, platform string, env []string)) {
	for _, p := range platforms {
		if p.os == runtime.GOOS && p.arch == runtime.GOARCH {
			continue // what compiles and vets this very test
		}
		name := p.os + "/" + p.arch
		t.Run(name, func(t *testing.T) {
			f(t, name, []string{"GOOS=" + p.os, "GOARCH=" + p.arch, "CGO_ENABLED=0"})
		})
	}
}

// go vet wants the compiled form of the standard library and of every module for each platform, which takes minutes; what it
// finds besides mistakes of types is in the files of one platform only.
func TestVetFindsNothingOnOtherPlatforms(t *testing.T) {
	slow(t)
	if os.Getenv("BRAID_LONG") == "" {
		t.Skip("compiles everything for every platform; set BRAID_LONG=1. TestEveryPackageTypeChecksOnOtherPlatforms looks at the same files")
	}
	eachOther(t, func(t *testing.T, platform string, env []string) {
		if out, err := run(t, env, "go", "vet", "./..."); err != nil {
			t.Errorf("%s: go vet ./... failed; give the platform its own file, or use what all have (%v):\n%s", platform, err, out)
		}
	})
}

// What the compiler refuses on another platform are mistakes of types: a name that only one system has, a constant too large
// for a word. They are found in the sources alone, without compiling anything.
func TestEveryPackageTypeChecksOnOtherPlatforms(t *testing.T) {
	slow(t)
	files := newParsed()
	eachOther(t, func(t *testing.T, platform string, env []string) {
		t.Parallel()
		out, err := run(t, env, "go", "list", "-deps", "-test", "-json="+listedFields, "./...")
		if err != nil {
			t.Fatalf("%s: go list -deps -test ./... failed; mend what it names (%v):\n%s", platform, err, out)
		}
		pkgs, err := decodeListed(strings.NewReader(out))
		if err != nil {
			t.Fatalf("%s: %v", platform, err)
		}
		complaints := checkTypes(pkgs, platform, files)
		for i, c := range complaints {
			complaints[i] = strings.TrimPrefix(c, repo(t).root+string(filepath.Separator))
		}
		report(t, complaints)
	})
}

// A listed package is what the go command says of a package on one platform. With -test, a package comes once more for each test
// that compiles it together with test files.
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	ForTest    string
	GoFiles    []string
	SFiles     []string
	ImportMap  map[string]string
	Module     *listedModule
}

type listedModule struct {
	Main      bool
	GoVersion string
}

const listedFields = "ImportPath,Dir,Name,ForTest,GoFiles,SFiles,ImportMap,Module"

// ours reports whether the package is of this module.
func (l *listed) ours() bool { return l.Module != nil && l.Module.Main }

// isTestMain reports whether the package is the program that go test writes around tests.
func (l *listed) isTestMain() bool {
	return l.Name == "main" && l.ForTest == "" && strings.HasSuffix(l.ImportPath, ".test")
}

// decodeListed reads what go list -json prints, in its order: what is imported comes first.
func decodeListed(r io.Reader) (pkgs []*listed, err error) {
	for dec := json.NewDecoder(r); ; {
		l := new(listed)
		if err := dec.Decode(l); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("what go list -json said: %w", err)
		}
		pkgs = append(pkgs, l)
	}
}

// parsed are syntax trees by path, for all platforms together.
type parsed struct {
	fset *token.FileSet

	mu    sync.Mutex // guards trees
	trees map[string]func() (*ast.File, error)
}

func newParsed() *parsed {
	return &parsed{fset: token.NewFileSet(), trees: map[string]func() (*ast.File, error){}}
}

// file returns the tree of a file, which nobody may change. Without bodies, what functions do is left out: the trees of the
// standard library take several hundred megabytes with it.
func (p *parsed) file(name string, bodies bool) (*ast.File, error) {
	p.mu.Lock()
	tree := p.trees[name]
	if tree == nil {
		tree = sync.OnceValues(func() (*ast.File, error) {
			f, err := parser.ParseFile(p.fset, name, nil, parser.SkipObjectResolution)
			if err == nil && !bodies {
				eachFunction(f, func(fn *ast.FuncDecl) {
					if fn.Body != nil {
						fn.Body = &ast.BlockStmt{Lbrace: fn.Body.Lbrace, Rbrace: fn.Body.Rbrace}
					}
				})
			}
			return f, err
		})
		p.trees[name] = tree
	}
	p.mu.Unlock()
	return tree()
}

// checkTypes type-checks packages for a platform. Of other modules and of the standard library only the declarations are
// looked at, which is all that ours can meet.
func checkTypes(pkgs []*listed, platform string, files *parsed) (complaints []string) {
	_, arch, _ := strings.Cut(platform, "/")
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, l := range pkgs {
		if l.ImportPath == "unsafe" || l.isTestMain() {
			continue
		}
		complain := func(at token.Pos, format string, args ...any) {
			p := files.fset.Position(at)
			complaints = append(complaints, fmt.Sprintf("%s:%d: %s on %s. Give the platform its own file, or use what all have", p.Filename, p.Line, fmt.Sprintf(format, args...), platform))
		}
		var trees []*ast.File
		for _, name := range l.GoFiles {
			tree, err := files.file(filepath.Join(l.Dir, name), l.ours())
			if err != nil {
				complaints = append(complaints, fmt.Sprintf("%v (on %s). Mend the syntax", err, platform))
				continue
			}
			trees = append(trees, tree)
			if l.ours() && len(l.SFiles) == 0 {
				eachFunction(tree, func(fn *ast.FuncDecl) {
					if fn.Body == nil {
						complain(fn.Pos(), "func %s has no body, and there is no assembly", fn.Name.Name)
					}
				})
			}
		}
		conf := types.Config{
			Importer:         importedFrom{l, checked},
			Sizes:            types.SizesFor("gc", arch),
			IgnoreFuncBodies: !l.ours(),
			Error: func(err error) {
				if e := (types.Error{}); errors.As(err, &e) {
					complain(e.Pos, "%s", e.Msg)
				}
			},
		}
		if l.Module != nil && l.Module.GoVersion != "" {
			conf.GoVersion = "go" + l.Module.GoVersion
		}
		checked[l.ImportPath], _ = conf.Check(l.ImportPath, files.fset, trees, nil) // its error is the first complaint
	}
	return complaints
}

// eachFunction calls f for each function and method declared in the tree.
func eachFunction(tree *ast.File, f func(*ast.FuncDecl)) {
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			f(fn)
		}
	}
}

// importedFrom finds what a package imports among those checked before.
type importedFrom struct {
	pkg     *listed
	checked map[string]*types.Package
}

func (i importedFrom) Import(name string) (*types.Package, error) {
	if mapped := i.pkg.ImportMap[name]; mapped != "" {
		name = mapped // vendored, or compiled together with test files
	}
	if p := i.checked[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("go list did not put %s before %s", name, i.pkg.ImportPath)
}

func TestTheCheckOfTypesCatches(t *testing.T) {
	for name, c := range map[string]struct {
		code  string
		asm   []string
		words []string
	}{
		"what all have":               {"import \"other\"\n\nvar _ [other.Size]byte", nil, nil},
		"a name another system has":   {"import \"other\"\n\nvar _ = other.Signal", nil, []string{"a.go:5", "other.Signal", "on plan/386"}},
		"a type of another size":      {"var _ uint = 1 << 40", nil, []string{"a.go:3", "1 << 40", "on plan/386"}},
		"a mistake inside a function": {"func f() int {}", nil, []string{"a.go:3", "return"}},
		"an import from nowhere":      {"import _ \"nowhere\"", nil, []string{"a.go:3", "nowhere"}},
		"a function without a body":   {"func f()", nil, []string{"a.go:3", "func f has no body"}},
		"a function in assembly":      {"func f()", []string{"a.s"}, nil},
	} {
		dir := t.TempDir()
		write := func(name, code string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		write("other.go", "package other\n\nconst Size = 1 << 3\n\nfunc body() { return 1 }\n")
		write("a.go", "package a\n\n"+c.code+"\n")
		pkgs := []*listed{
			{ImportPath: "vendor/other", Dir: dir, GoFiles: []string{"other.go"}},
			{ImportPath: "a", Dir: dir, GoFiles: []string{"a.go"}, SFiles: c.asm, ImportMap: map[string]string{"other": "vendor/other"}, Module: &listedModule{true, "1.26"}},
		}
		wantComplaint(t, name, checkTypes(pkgs, "plan/386", newParsed()), c.words...)
	}
}
