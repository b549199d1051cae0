package house

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// The quick whole of ./test runs every test once: with the race detector where something may run concurrently, without it elsewhere. What
// the race detector or -short leaves out or makes smaller is run without them as well. Both lists stand in ./test; here they
// are derived from the sources.

// again lists tests that would be on the second list, and need not be, each with its reason.
var again = map[string]string{
	"internal/conformance TestConnectionsThatBreak":         "TestInsideCluster runs the same cases in their full size",
	"internal/conformance TestInsideClusterOfOneWorker":     "TestInsideCluster runs the same cases in their full size",
	"internal/conformance TestInProcessWithFewAndManySlots": "TestInProcess runs the same cases in their full size",
	"internal/conformance TestGangsAcrossWorkers":           "gangs have one size; the test shares a function with those that have two",
}

// askers lists functions through which a test gets to know of -short.
var askers = []string{
	"testing.Short",
	"rapid.Check", "rapid.MakeCheck", "rapid.MakeFuzz", // tries a fifth of the cases
	"testscript.Run", // scripts can say [short]
}

// withoutRaces returns the pure packages in whose tests nothing runs concurrently either.
func withoutRaces(sources []*source) (folders []string) {
	concurrent := map[string]bool{}
	for _, s := range sources {
		if pure[s.folder()] == nil || pure[s.folder()]["sync"] != "" || s.isTest() && isConcurrent(s) {
			concurrent[s.folder()] = true
		}
	}
	for _, s := range sources {
		if !concurrent[s.folder()] {
			folders = append(folders, s.folder())
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// isConcurrent reports whether the source starts goroutines, waits for channels, has tests that run at the same time, or uses packages of
// ours that are not pure.
func isConcurrent(s *source) (found bool) {
	imports(s, func(_, p string) {
		folder, mine := ours(p)
		found = found || mine && pure[folder] == nil
	})
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.SendStmt, *ast.SelectStmt:
			found = true
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			found = found || ok && slices.Contains([]string{"Parallel", "RunParallel"}, sel.Sel.Name)
		}
		return true
	})
	return found
}

// differing returns, by folder, the tests that the race detector, the invariants or -short change: those that ask for it or
// are in files compiled without them only, and those that name such a function or constant.
func differing(sources []*source) map[string][]string {
	tests := map[string][]string{}
	for _, p := range packages(sources) {
		if names := p.differing(); len(names) > 0 {
			tests[p.folder] = names
		}
	}
	return tests
}

// A declaration is a function, or a variable or constant of a package, and the names in it.
type declaration struct {
	name    string
	test    bool
	mention map[string]bool
}

func (p *pkg) differing() (tests []string) {
	var declarations []declaration
	differ := map[string]bool{}
	for _, s := range p.sources {
		for _, d := range s.declarations() {
			declarations = append(declarations, d)
			if s.leftOut() || slices.ContainsFunc(askers, func(name string) bool { return d.mention[name] }) {
				differ[d.name] = true
			}
		}
	}
	for more := true; more; {
		more = false
		for _, d := range declarations {
			if differ[d.name] {
				continue
			}
			for name := range d.mention {
				if differ[name] {
					differ[d.name], more = true, true
					break
				}
			}
		}
	}
	for _, d := range declarations {
		if d.test && differ[d.name] {
			tests = append(tests, d.name)
		}
	}
	slices.Sort(tests)
	return tests
}

// declarations returns what the source declares at package level.
func (s *source) declarations() (all []declaration) {
	add := func(name string, n ast.Node) {
		d := declaration{name: name, mention: map[string]bool{}}
		for _, prefix := range []string{"Test", "Example", "Fuzz"} {
			d.test = d.test || s.isTest() && s.plain() && strings.HasPrefix(name, prefix) && name != "TestMain"
		}
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				d.mention[n.Name] = true
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					d.mention[x.Name+"."+n.Sel.Name] = true
				}
			}
			return true
		})
		all = append(all, d)
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			add(d.Name.Name, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						add(name.Name, v)
					}
				}
			}
		}
	}
	return all
}

// namesTag reports whether the source's build constraint names the tag.
func (s *source) namesTag(tag string) (named bool) {
	s.compiledWith(func(word string) bool { named = named || word == tag; return false })
	return named
}

// compiledWith reports whether the source's build constraint, if it has one, holds with the tags.
func (s *source) compiledWith(tag func(string) bool) bool {
	for _, group := range s.file.Comments {
		if group.Pos() > s.file.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil { // or it is another comment
				return expr.Eval(tag)
			}
		}
	}
	return true
}

// raceTags are the tags of the pass with the race detector.
var raceTags = []string{"race", "invariants"}

// leftOut reports whether the pass with the race detector does not compile the source because it has that detector or the
// invariants.
func (s *source) leftOut() bool {
	return slices.ContainsFunc(raceTags, s.namesTag) && !s.compiledWith(func(string) bool { return true })
}

// plain reports whether the source is compiled without the tags of the pass with the race detector.
func (s *source) plain() bool {
	return s.compiledWith(func(tag string) bool { return !slices.Contains(raceTags, tag) })
}

// scriptList reads a list of ./test: the lines between "name=(" and ")", without quotes.
func scriptList(script, name string) (lines []string, ok bool) {
	_, rest, begins := strings.Cut("\n"+script, "\n"+name+"=(\n")
	inside, _, ends := strings.Cut(rest, "\n)\n")
	for line := range strings.SplitSeq(inside, "\n") {
		lines = append(lines, strings.Trim(strings.TrimSpace(line), "'"))
	}
	return lines, begins && ends
}

// checkList holds a list of ./test against what it should be.
func checkList(script, name string, want []string, why string) []string {
	have, ok := scriptList(script, name)
	if !ok {
		return []string{fmt.Sprintf("test:1: has no list %s=(…)", name)}
	}
	if slices.Equal(have, want) {
		return nil
	}
	return []string{fmt.Sprintf("test:1: the list %s is not that of %s. Write:\n%s=(\n\t'%s'\n)", name, why, name, strings.Join(want, "'\n\t'"))}
}

func TestTheScriptLeavesOutNoTest(t *testing.T) {
	r := repo(t)
	i := slices.IndexFunc(r.texts, func(f text) bool { return f.path == "test" })
	if i < 0 {
		t.Fatal("there is no script ./test")
	}
	script := string(r.texts[i].data)
	calm := withoutRaces(r.module())
	report(t, checkList(script, "calm", calm, "the pure packages in whose tests nothing runs concurrently"))
	var lines []string
	tests := differing(r.module())
	excused := 0
	for _, folder := range sortedKeys(tests) {
		if slices.Contains(calm, folder) || folder == "internal/house" {
			continue
		}
		line := folder
		for _, name := range tests[folder] {
			if again[folder+" "+name] != "" {
				excused++
			} else {
				line += " " + name
			}
		}
		if line != folder {
			lines = append(lines, line)
		}
	}
	if excused < len(again) {
		t.Errorf("%s: %d lines are of tests that do not differ, or are not there. Remove them", declared(t, "again"), len(again)-excused)
	}
	report(t, checkList(script, "differ", lines, "the tests that differ without the race detector and -short"))
}

func TestTheRulesOfTheScriptCatch(t *testing.T) {
	sources := func(files map[string]string) (all []*source) {
		for _, name := range sortedKeys(files) {
			s, err := parse(text{name, []byte(files[name])})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		return all
	}
	calm := withoutRaces(sources(map[string]string{
		"graph/a.go": "package graph", "graph/a_test.go": "package graph\nimport \"" + modulePath + "/codec\"",
		"codec/a.go": "package codec", "par/a.go": "package par",
		"internal/plan/a_test.go":  "package plan\nfunc f() { go f() }",
		"internal/sched/a_test.go": "package sched\nfunc f(c chan int) { <-c }",
		"internal/sim/a_test.go":   "package sim\nfunc f(t T) { t.Parallel() }",
		"internal/word/a_test.go":  "package word\nimport \"" + modulePath + "/par\"",
	}))
	if want := []string{"graph"}; !slices.Equal(calm, want) {
		t.Errorf("packages without races are %q, want %q", calm, want)
	}

	tests := differing(sources(map[string]string{
		"a/race_test.go":   "//go:build race\n\npackage a\nconst slow = true\nfunc TestRaced() {}",
		"a/norace_test.go": "//go:build unix && !race\n\npackage a\nconst slow = false\nfunc TestPlain() {}",
		"a/off_test.go":    "//go:build !invariants\n\npackage a\nfunc TestOff() {}",
		"a/other_test.go":  "//go:build !unix\n\npackage a\nfunc TestOther() {}",
		"a/a.go":           "package a\nfunc TestingHelp() { testing.Short() }",
		"a/a_test.go": `package a
var size = pick(slow)
func TestSame() { fast() }
func TestSize() { _ = size }
func TestShort() { testing.Short() }
func FuzzHelp() { TestingHelp() }
func TestCases() { rapid.Check() }
func TestMain() { TestingHelp() }`,
	}))
	if want := []string{"FuzzHelp", "TestCases", "TestOff", "TestPlain", "TestShort", "TestSize"}; len(tests) != 1 || !slices.Equal(tests["a"], want) {
		t.Errorf("tests that differ are %q, want %q in a", tests, want)
	}

	const script = "#!\ncalm=(\n\t'a'\n\t'b c'\n)\n"
	wantComplaint(t, "the right list", checkList(script, "calm", []string{"a", "b c"}, "all"))
	wantComplaint(t, "another list", checkList(script, "calm", []string{"a", "c"}, "all"), "test:1", "that of all", "\t'a'\n\t'c'\n)")
	wantComplaint(t, "no list", checkList(script, "differ", nil, "all"), "no list differ")
}
