package house

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

// pure lists the packages that compute and do nothing else: the same input
// gives the same output, on any machine, at any hour, in any test. Each line
// names what such a package does import of what is forbidden below, with the
// reason.
var pure = map[string]map[string]string{
	"graph":                     {},
	"internal/layered":          {},
	"internal/letter":           {},
	"ndarray":                   {},
	"ndarray/npy":               {},
	"internal/kernel/product":   {},
	"internal/kernel/selection": {},
	"internal/kernel/vector":    {},
	"internal/word":             {"os": "the identity of its well-known errors, which travel by name; nothing is opened"},
	"internal/sched":            {},
	"internal/workerstate":      {},
	"internal/sim":              {},
	"internal/plan":             {},
	"internal/coord/record":     {},
	"internal/command":          {},
	"internal/command/sweep":    {},
	"internal/command/journal":  {},
	"codec": {
		"time": "time.Time is a value that can be encoded; no clock is read",
		"sync": "the registry of codecs is written by init functions and read by every goroutine",
	},
}

// impure lists what the pure packages do without, and what to do instead. A
// name stands for everything below it, too.
var impure = map[string]string{
	"time":        "a clock makes a result depend on when it was made; take durations and instants as numbers from the caller",
	"net":         "the network belongs to the shells above; take and return bytes",
	"os":          "files and the environment belong to the shells above; take an io.Reader, an io.Writer or the value",
	"syscall":     "the operating system belongs to internal/machine and the shells above; take the value",
	"sync":        "a lock means shared state, and a pure value has one owner; let the caller serialise",
	"math/rand":   "randomness without a seed cannot be repeated; take the numbers from the caller",
	"crypto/rand": "randomness without a seed cannot be repeated; take the numbers from the caller",
	"log":         "a log is an output nobody asked for; return an error or a value",
}

// checkPurity holds one source against the tables above. Tests are free.
func checkPurity(s *source) (complaints []string) {
	excused, ok := pure[s.folder()]
	if !ok || s.isTest() {
		return nil
	}
	imports(s, func(at, p string) {
		for name, reason := range impure {
			if p != name && !strings.HasPrefix(p, name+"/") || excused[name] != "" {
				continue
			}
			complaints = append(complaints, fmt.Sprintf("%s: %s is pure and must not import %s: %s", at, s.folder(), p, reason))
		}
	})
	ast.Inspect(s.file, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			complaints = append(complaints, fmt.Sprintf("%s: %s is pure and must not start goroutines: order would depend on the scheduler. Let the caller do it", s.at(g.Pos()), s.folder()))
		}
		return true
	})
	return complaints
}

func TestPurePackagesComputeAndDoNothingElse(t *testing.T) {
	r := repo(t)
	var complaints []string
	used := map[string]bool{}
	for _, s := range r.module() {
		complaints = append(complaints, checkPurity(s)...)
		used[s.folder()] = true
		if !s.isTest() {
			imports(s, func(_, p string) { used[s.folder()+" "+p] = true })
		}
	}
	for folder, excused := range pure {
		if !used[folder] {
			complaints = append(complaints, fmt.Sprintf("%s: stale line of pure: there is no package %q. Remove it", declared(t, "pure"), folder))
			continue
		}
		for name := range excused {
			if !used[folder+" "+name] {
				complaints = append(complaints, fmt.Sprintf("%s: stale excuse of pure: %s does not import %s. Remove it", declared(t, "pure"), folder, name))
			}
		}
	}
	report(t, complaints)
}

func TestTheRuleOfPurityCatches(t *testing.T) {
	catches(t, "plain code", checkPurity, "graph/a.go", "package graph\nimport \"slices\"\n")
	catches(t, "a clock", checkPurity, "graph/a.go", "package graph\nimport \"time\"\n", "graph/a.go:2", "time", "clock")
	catches(t, "an excused clock", checkPurity, "codec/a.go", "package codec\nimport \"time\"\n")
	catches(t, "a package below a forbidden one", checkPurity, "codec/a.go", "package codec\nimport \"net/http\"\n", "net/http")
	catches(t, "a similar name", checkPurity, "graph/a.go", "package graph\nimport \"nettle\"\n")
	catches(t, "a goroutine", checkPurity, "graph/a.go", "package graph\nfunc f() {\n\tgo f()\n}\n", "graph/a.go:3", "goroutines")
	catches(t, "tests are free", checkPurity, "graph/a_test.go", "package graph\nimport \"os\"\n")
	catches(t, "other packages are free", checkPurity, "par/a.go", "package par\nimport \"os\"\n")
	for _, folder := range []string{"codec", "graph"} {
		if pure[folder] == nil {
			t.Errorf("the invented files above are in %s, which is not in the table pure any more; follow its change here", folder)
		}
	}
	if pure["par"] != nil {
		t.Error("par, of the last invented file, has become pure")
	}
}
