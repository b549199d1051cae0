package house

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// modulePath is the path of the root module, for reading import paths only.
const modulePath = "github.com/braid-compute/braid"

// A text is one file of the repository that Git keeps or would keep.
type text struct {
	path string // from the root, with slashes
	data []byte
}

// A source is one Go file, parsed. Build constraints are not applied: the
// rules hold on every platform and under every tag.
type source struct {
	text
	fset *token.FileSet
	file *ast.File
}

// folder returns the source's folder from the root, "." for the root itself.
func (s *source) folder() string { return path.Dir(s.path) }

// isTest reports whether the source is compiled only for tests.
func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// at returns "file:line" of a position in the source.
func (s *source) at(p token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line)
}

// parse makes a source of Go text; invented files in tests come in here too.
func parse(t text) (*source, error) {
	s := &source{text: t, fset: token.NewFileSet()}
	var err error
	s.file, err = parser.ParseFile(s.fset, t.path, t.data, parser.ParseComments|parser.SkipObjectResolution)
	return s, err
}

// A repository is what the tests look at.
type repository struct {
	root    string    // absolute
	texts   []text    // every file that is not ignored, in order of path
	sources []*source // the Go files among them that parse, all modules
	broken  []string  // complaints about Go files that do not parse
	nested  []string  // folders of further modules
}

// module returns the sources of the root module.
func (r *repository) module() []*source {
	return slices.DeleteFunc(slices.Clone(r.sources), func(s *source) bool { return r.inNested(s.path) })
}

// inNested reports whether the path belongs to a module other than the root.
func (r *repository) inNested(p string) bool {
	return slices.ContainsFunc(r.nested, func(dir string) bool { return strings.HasPrefix(p, dir+"/") })
}

// load reads the repository once for all tests. It walks the tree by itself
// and asks Git only what to leave out: the files it opens are then known to
// the cache of go test, and a new file makes the tests run again.
var load = sync.OnceValues(func() (*repository, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, fmt.Errorf("internal/house: no go.mod two folders up; run the tests inside the repository: %w", err)
	}
	r := &repository{root: root}
	paths, err := walk(root)
	if err != nil {
		return nil, err
	}
	for _, p := range withoutIgnored(root, paths) {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(p)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since the walk, or a link to nowhere
		} else if err != nil {
			return nil, err
		}
		r.texts = append(r.texts, text{p, data})
		if dir, base := path.Split(p); base == "go.mod" && dir != "" && !strings.Contains("/"+dir, "/testdata/") {
			r.nested = append(r.nested, path.Clean(dir))
		}
	}
	for _, t := range r.texts {
		if path.Ext(t.path) != ".go" || strings.Contains("/"+t.path, "/testdata/") {
			continue
		}
		s, err := parse(t)
		if err != nil {
			r.broken = append(r.broken, fmt.Sprintf("%v. Mend the syntax; no rule can be checked on this file until then", err))
			continue
		}
		r.sources = append(r.sources, s)
	}
	return r, nil
})

// repo returns the repository or ends the test.
func repo(t *testing.T) *repository {
	t.Helper()
	r, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// walk lists the regular files below root, without Git's own.
func walk(root string) (paths []string, err error) {
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist):
			return nil // somebody else removed it during the walk
		case err != nil:
			return err
		case d.Name() == ".git":
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil // in a linked work tree .git is a file
		case d.Type().IsRegular():
			rel, err := filepath.Rel(root, p)
			paths = append(paths, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	return paths, err
}

// withoutIgnored drops what Git ignores. Without Git, or outside a work tree,
// as in an unpacked archive, nothing is dropped.
func withoutIgnored(root string, paths []string) []string {
	cmd := exec.Command("git", "check-ignore", "-z", "--stdin")
	cmd.Dir = root
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00"))
	out, _ := cmd.Output() // exit code 1 means that none is ignored
	ignored := map[string]bool{}
	for p := range strings.SplitSeq(string(out), "\x00") {
		ignored[p] = true
	}
	return slices.DeleteFunc(paths, func(p string) bool { return ignored[p] })
}

// isText reports whether the file is text, judged as Git does by its first
// bytes.
func (t *text) isText() bool { return !bytes.Contains(t.data[:min(len(t.data), 8000)], []byte{0}) }

// declared returns "file:line" of a constant or variable of these tests, for
// complaints about the tables that hold rules.
func declared(t *testing.T, name string) string {
	t.Helper()
	for _, s := range repo(t).sources {
		if s.folder() != "internal/house" {
			continue
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name == name {
					return s.at(v.Pos())
				}
			}
		}
	}
	t.Fatalf("internal/house declares no %s", name)
	return ""
}

// report makes each complaint an error of the test.
func report(t *testing.T, complaints []string) {
	t.Helper()
	slices.Sort(complaints)
	for _, c := range slices.Compact(complaints) {
		t.Error(c)
	}
}

// catches proves that a rule can fail: it runs the rule on an invented file
// and wants exactly one complaint, which holds every one of the words; or none
// at all if no word is given.
func catches(t *testing.T, name string, rule func(*source) []string, file, code string, words ...string) {
	t.Helper()
	s, err := parse(text{file, []byte(code)})
	if err != nil {
		t.Fatalf("%s: the invented file does not parse: %v", name, err)
	}
	wantComplaint(t, name, rule(s), words...)
}

// wantComplaint fails unless there is exactly one complaint and it holds every
// one of the words; with no words, unless there is none.
func wantComplaint(t *testing.T, name string, got []string, words ...string) {
	t.Helper()
	if len(words) == 0 {
		if len(got) > 0 {
			t.Errorf("%s: complains about what is right: %q", name, got)
		}
		return
	}
	if len(got) != 1 {
		t.Errorf("%s: %d complaints %q, want one that holds %q", name, len(got), got, words)
		return
	}
	for _, w := range words {
		if !strings.Contains(got[0], w) {
			t.Errorf("%s: complaint %q does not hold %q", name, got[0], w)
		}
	}
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
