package house

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// lattice states which package of this module may import which other, from the
// bottom of the house to its top.
//
// A line is "package: what it may import". The root package is ".". A name
// with "*" between slashes stands for every folder there. "*" on the right allows all
// that stands on the lines above. A package may name only what stands above it,
// so that the policy itself has no cycle. Last come packages for tests, out of
// the program's reach.
//
// The policy holds for what is compiled into programs. Tests may import any
// package of ours, because a test often stands above what it tests (the
// conformance suite runs executors it knows nothing of); the compiler refuses
// cycles there.
const lattice = `
	par:
	codec:
	internal/layered:
	internal/letter:
	internal/invariants:
	event:
	internal/feed:
	internal/linger:
	internal/lock:

	ndarray:               codec internal/invariants
	ndarray/npy:           ndarray
	internal/kernel/vector:
	internal/kernel/tile:  ndarray internal/kernel/vector internal/invariants
	internal/kernel/product: ndarray internal/kernel/vector
	internal/kernel/selection: ndarray
	internal/kernel/floats:    ndarray
	internal/kernel/random: ndarray internal/kernel/tile

	graph:                 codec internal/layered
	internal/machine:      par
	internal/scaling:      internal/letter internal/machine
	internal/block:        internal/invariants internal/lock
	internal/exec:         graph codec par internal/invariants internal/block
	internal/progress:

	internal/word:         graph codec
	internal/sched:        graph internal/word
	internal/workerstate:  graph internal/word
	internal/sim:          graph internal/word internal/sched internal/workerstate
	internal/launch:       graph internal/lock
	internal/runner:       internal/launch internal/block
	internal/link:         graph internal/word
	internal/reconnect:    internal/word
	internal/coord/record: graph internal/word internal/sched
	internal/driver:       graph internal/linger internal/word internal/sched internal/reconnect internal/coord/record
	internal/session:      graph codec internal/linger internal/word internal/exec internal/block
	internal/agent:        graph internal/linger internal/word internal/workerstate internal/exec internal/block
	internal/local:        graph codec internal/machine internal/block internal/word internal/sched internal/driver internal/agent internal/exec internal/launch internal/link internal/reconnect internal/runner
	cluster/local:         internal/local internal/machine par
	internal/plan:         graph codec
	internal/plan/arrays:  graph codec ndarray internal/kernel/tile internal/kernel/product internal/kernel/random internal/kernel/selection internal/plan

	internal/command:
	internal/command/sweep:
	internal/command/journal:
	internal/command/archive: internal/command/journal internal/lock
	internal/command/process:
	internal/command/batch: internal/command internal/command/sweep internal/command/journal internal/command/archive internal/command/process
	internal/memo:
	internal/job:          internal/command internal/command/sweep internal/command/journal internal/command/archive internal/lock
	internal/job/jobfile:  internal/job
	internal/job/work:     internal/job internal/command/journal internal/command/process
	internal/job/host:     internal/job internal/job/work internal/command/journal

	.:                     graph codec par internal/exec internal/block internal/layered internal/machine internal/progress internal/invariants internal/word internal/sched internal/session internal/launch internal/link internal/local internal/plan internal/runner event internal/feed internal/memo internal/command internal/command/process

	braidtest:             internal/local
	bag:                   . internal/plan internal/progress codec
	array:                 . graph ndarray ndarray/npy internal/kernel/floats internal/kernel/random internal/kernel/selection internal/kernel/tile internal/letter internal/machine internal/plan internal/plan/arrays

	internal/coord:        internal/coord/record internal/sched internal/word internal/lock

	internal/taskbench:    .
	examples:              . par
	examples/*:            . par examples bag array ndarray
	examples/*/main:       . examples examples/*
	bench/peers:

	cmd/braid/internal/console:   internal/machine
	cmd/braid/internal/workers:   .
	cmd/braid/internal/hardware:  internal/machine internal/progress internal/scaling par cmd/braid/internal/console
	cmd/braid/internal/scaling:   internal/machine internal/scaling par cmd/braid/internal/console
	cmd/braid/internal/demo:      . par examples examples/* cmd/braid/internal/console cmd/braid/internal/workers
	cmd/braid/internal/bench:     . array bench/peers cluster/local codec graph internal/block internal/coord internal/driver internal/kernel/vector internal/launch internal/link internal/local internal/machine internal/progress internal/sched internal/sim internal/taskbench internal/word ndarray par cmd/braid/internal/console cmd/braid/internal/workers
	cmd/braid/internal/arguments: internal/command/sweep
	cmd/braid/internal/guard:     internal/command/process cmd/braid/internal/console
	cmd/braid/internal/mapcmd:    internal/command internal/command/archive internal/command/batch internal/command/process internal/progress par cmd/braid/internal/console cmd/braid/internal/arguments cmd/braid/internal/guard
	cmd/braid/internal/jobhost:   . internal/command/process internal/job internal/job/host internal/job/work internal/local internal/session cmd/braid/internal/guard
	cmd/braid/internal/cluster:   cluster/local internal/coord internal/launch internal/local internal/machine internal/progress internal/word par cmd/braid/internal/console cmd/braid/internal/jobhost
	cmd/braid/internal/jobs:      internal/command internal/command/batch internal/command/journal internal/command/process internal/command/sweep internal/job internal/job/jobfile internal/local internal/progress cmd/braid/internal/console cmd/braid/internal/arguments cmd/braid/internal/cluster
	cmd/braid:                    . cmd/braid/internal/bench cmd/braid/internal/cluster cmd/braid/internal/console cmd/braid/internal/demo cmd/braid/internal/hardware cmd/braid/internal/jobs cmd/braid/internal/mapcmd cmd/braid/internal/scaling

	bench:                 internal/machine

	cmd/braid/internal/console/consoletest: internal/machine cmd/braid/internal/console
	internal/coord/natstest:
	internal/conformance:  . graph codec par event
	internal/house:
`

// modules states where packages of other modules may be imported, so that a
// dependency stays where it can be replaced. "(tests)" stands for every
// _test.go file and for the packages that exist only for tests; "(none)" for
// modules that are here because others need them.
const modules = `
	github.com/fxamacker/cbor/v2:         codec graph
	github.com/spf13/cobra:               cmd/braid cmd/braid/internal/console cmd/braid/internal/hardware cmd/braid/internal/scaling cmd/braid/internal/demo cmd/braid/internal/bench cmd/braid/internal/guard cmd/braid/internal/mapcmd cmd/braid/internal/cluster cmd/braid/internal/jobs
	golang.org/x/sys:                     internal/lock internal/machine internal/exec internal/link internal/progress internal/launch internal/block internal/coord internal/kernel/vector cmd/braid/internal/bench internal/command/archive internal/command/process internal/command/batch internal/job internal/job/work
	go.yaml.in/yaml/v3:                   internal/job/jobfile
	github.com/nats-io/nats-server/v2:    internal/coord internal/coord/natstest
	github.com/nats-io/nats.go:           internal/coord
	golang.org/x/term:                    internal/progress cmd/braid/internal/arguments cmd/braid/internal/scaling

	go.uber.org/goleak:                   (tests)
	github.com/rogpeppe/go-internal:      (tests)
	pgregory.net/rapid:                   (tests)

	github.com/spf13/pflag:               cmd/braid/internal/console cmd/braid/internal/arguments cmd/braid/internal/cluster cmd/braid/internal/jobs
	github.com/inconshreveable/mousetrap: (none)
	github.com/x448/float16:              (none)
	github.com/antithesishq/antithesis-sdk-go: (none)
	github.com/google/go-tpm:             (none)
	github.com/klauspost/compress:        (none)
	github.com/minio/highwayhash:         (none)
	github.com/nats-io/jwt/v2:            (none)
	github.com/nats-io/nkeys:             (none)
	github.com/nats-io/nuid:              (none)
	golang.org/x/crypto:                  (none)
	golang.org/x/time:                    (none)
`

// forTests lists packages that are no tests by name but exist for tests only.
var forTests = []string{"cmd/braid/internal/console/consoletest", "internal/coord/natstest", "internal/conformance"}

// A policy is a text of rules and the place where it stands.
type policy struct {
	text string
	file string
	line int // of the text's first line
}

// A rule is one line of a policy, "name: allowed…".
type rule struct {
	name    string
	allowed []string
	at      string // file:line
}

// rules reads the lines of the policy.
func (p policy) rules() (rules []rule, complaints []string) {
	for i, l := range strings.Split(p.text, "\n") {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		at := fmt.Sprintf("%s:%d", p.file, p.line+i)
		name, allowed, ok := strings.Cut(l, ": ")
		if !ok {
			name, ok = strings.CutSuffix(l, ":")
		}
		if !ok {
			complaints = append(complaints, fmt.Sprintf("%s: %q has no colon. Write \"package: what it may import\"", at, l))
			continue
		}
		rules = append(rules, rule{strings.TrimSpace(name), strings.Fields(allowed), at})
	}
	return rules, complaints
}

// matches reports whether a name of the policy stands for the folder.
func matches(name, folder string) bool {
	ok, err := path.Match(name, folder)
	return ok && err == nil
}

// ruleFor returns the line of a folder; an exact name goes before a pattern.
func ruleFor(rules []rule, folder string) (found rule, ok bool) {
	for _, r := range rules {
		if matches(r.name, folder) && (!ok || r.name == folder) {
			found, ok = r, true
		}
	}
	return found, ok
}

// checkPolicy finds what is wrong with the lattice itself: a line that names
// something not above it.
func checkPolicy(rules []rule) (complaints []string) {
	for i, r := range rules {
		for _, a := range r.allowed {
			above := slices.ContainsFunc(rules[:i], func(b rule) bool { return b.name == a })
			if a != "*" && !above {
				complaints = append(complaints, fmt.Sprintf(
					"%s: %q may import %q, which is not on a line above it. Imports point down: move the line, or turn the dependency round", r.at, r.name, a))
			}
		}
	}
	return complaints
}

// expand replaces "*" by all names above.
func expand(rules []rule) []rule {
	rules = slices.Clone(rules)
	for i, r := range rules {
		if slices.Contains(r.allowed, "*") {
			rules[i].allowed = nil
			for _, b := range rules[:i] {
				rules[i].allowed = append(rules[i].allowed, b.name)
			}
		}
	}
	return rules
}

// imports calls f for each import of the source.
func imports(s *source, f func(at, importPath string)) {
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			f(s.at(spec.Pos()), p)
		}
	}
}

// ours returns the folder of a package of this module.
func ours(importPath string) (folder string, ok bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// checkLattice holds the sources against the lattice.
func checkLattice(p policy, sources []*source) []string {
	rules, complaints := p.rules()
	complaints = append(complaints, checkPolicy(rules)...)
	rules = expand(rules)
	seen := map[string]*source{} // folder → one file of it
	for _, s := range sources {
		if seen[s.folder()] == nil || !s.isTest() {
			seen[s.folder()] = s
		}
		r, ok := ruleFor(rules, s.folder())
		if !ok || s.isTest() {
			continue
		}
		imports(s, func(at, p string) {
			folder, mine := ours(p)
			if !mine || slices.ContainsFunc(r.allowed, func(a string) bool { return matches(a, folder) }) {
				return
			}
			complaints = append(complaints, fmt.Sprintf(
				"%s: %s imports %s, which the lattice does not allow. Move the code to where it belongs; if the edge is right, add %q to the line %q at %s and say why in the commit", at, s.folder(), folder, folder, r.name, r.at))
		})
	}
	for folder, s := range seen {
		if _, ok := ruleFor(rules, folder); !ok {
			complaints = append(complaints, fmt.Sprintf(
				"%s:1: package folder %q is not in the lattice. Add a line %q with what it may import to the lattice at %s:%d, below everything it needs, and a paragraph to docs/architecture.md", s.path, folder, folder+":", p.file, p.line))
		}
	}
	for _, r := range rules {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(f string) bool { return matches(r.name, f) }) {
			complaints = append(complaints, fmt.Sprintf(
				"%s: stale line %q of the lattice: there is no such package. Remove the line", r.at, r.name))
		}
	}
	return complaints
}

// checkModules holds the imports of other modules against the policy of
// modules.
func checkModules(p policy, sources []*source) []string {
	rules, complaints := p.rules()
	for _, s := range sources {
		test := s.isTest() || slices.Contains(forTests, s.folder())
		imports(s, func(at, path string) {
			if _, mine := ours(path); mine || !strings.Contains(strings.Split(path, "/")[0], ".") {
				return // ours, or the standard library
			}
			i := slices.IndexFunc(rules, func(r rule) bool { return path == r.name || strings.HasPrefix(path, r.name+"/") })
			switch {
			case i < 0:
				complaints = append(complaints, fmt.Sprintf(
					"%s: import of %s, whose module is not in the policy. See \"Adding a dependency\" in CONTRIBUTING.md, then add a line to the modules at %s:%d", at, path, p.file, p.line))
			case test || slices.Contains(rules[i].allowed, s.folder()):
			default:
				complaints = append(complaints, fmt.Sprintf(
					"%s: %s imports %s, allowed only in: %s. Use the package that wraps it, or widen the line at %s and say why in the commit", at, s.folder(), path, strings.Join(rules[i].allowed, " "), rules[i].at))
			}
		})
	}
	return complaints
}

func TestImportsPointDown(t *testing.T) {
	report(t, checkLattice(stated(t, "lattice", lattice), repo(t).module()))
}

func TestOtherModulesStayInTheirPlace(t *testing.T) {
	report(t, checkModules(stated(t, "modules", modules), repo(t).module()))
}

// stated returns the policy in a constant of this file, with its place.
func stated(t *testing.T, name, text string) policy {
	t.Helper()
	file, line, _ := strings.Cut(declared(t, name), ":")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return policy{text, file, n}
}

// invented makes sources of a map from path to imports.
func invented(t *testing.T, files map[string][]string) (sources []*source) {
	t.Helper()
	for file, paths := range files {
		code := "package p\n"
		for _, p := range paths {
			code += fmt.Sprintf("import %q\n", p)
		}
		s, err := parse(text{file, []byte(code)})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	return sources
}

func TestTheLatticeCatches(t *testing.T) {
	const text = "low:\nmid: low\nex/*: mid\ntop: *"
	all := func() map[string][]string {
		return map[string][]string{"low/a.go": nil, "mid/a.go": {modulePath + "/low", "fmt"}, "ex/one/a.go": {modulePath + "/mid"}, "top/a.go": {modulePath + "/ex/one"}}
	}
	for name, c := range map[string]struct {
		policy string
		file   string
		paths  []string
		words  []string
	}{
		"nothing on a right tree":  {policy: text},
		"a stray import":           {text, "low/b.go", []string{modulePath + "/mid"}, []string{"low/b.go:2", "low imports mid", `add "mid"`, "policy:1"}},
		"no stray import in tests": {text, "low/b_test.go", []string{modulePath + "/mid"}, nil},
		"a skipped level":          {text, "ex/one/b.go", []string{modulePath + "/low"}, []string{"ex/one imports low"}},
		"an unknown package":       {text, "new/a.go", nil, []string{"new/a.go:1", `"new" is not in the lattice`, `"new:"`, "policy:1"}},
		"a stale line":             {text + "\ngone:", "", nil, []string{"policy:5", `stale line "gone"`}},
		"a policy pointing up":     {"low: mid\nmid: low\nex/*: mid\ntop: *", "", nil, []string{"policy:1", `"mid"`, "not on a line above"}},
	} {
		files := all()
		if c.file != "" {
			files[c.file] = c.paths
		}
		wantComplaint(t, name, checkLattice(policy{c.policy, "policy", 1}, invented(t, files)), c.words...)
	}
}

func TestThePolicyOfModulesCatches(t *testing.T) {
	const text = "example.org/cli: cmd\nexample.org/leak: (tests)"
	for name, c := range map[string]struct {
		file, path string
		words      []string
	}{
		"nothing where it is allowed": {"cmd/a.go", "example.org/cli/flags", nil},
		"nothing in tests":            {"low/a_test.go", "example.org/leak", nil},
		"a module out of place":       {"low/a.go", "example.org/cli", []string{"low/a.go:2", "allowed only in: cmd"}},
		"a test's module in code":     {"low/a.go", "example.org/leak", []string{"allowed only in: (tests)"}},
		"an unknown module":           {"low/a_test.go", "example.org/new", []string{"low/a_test.go:2", "not in the policy"}},
		"no similar name":             {"cmd/a.go", "example.org/client", []string{"not in the policy"}},
	} {
		wantComplaint(t, name, checkModules(policy{text, "policy", 1}, invented(t, map[string][]string{c.file: {c.path}})), c.words...)
	}
}
