package house

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// run starts a program in the root of the repository and returns all it said.
// Entries of env are added to the environment.
func run(t *testing.T, env []string, name string, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = repo(t).root
	cmd.Env = append(os.Environ(), env...)
	b, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(b)), err
}

// slow skips tests that compile the whole repository.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: compiles the whole repository; run without -short")
	}
}

// A variant is a way in which vet and staticcheck look at packages.
type variant struct {
	name, tags string
	packages   []string
}

// variants returns all packages as they are without tags, and those that have files for a tag once more with it. The others
// are the same with the tag, so looking at them again costs a minute and finds nothing.
func variants(t *testing.T) []variant {
	t.Helper()
	const tag = "invariants"
	tagged := packagesWithTag(repo(t).module(), tag)
	if len(tagged) == 0 {
		t.Fatalf("internal/house: no file has the build constraint %q, which internal/invariants is made of", tag)
	}
	return []variant{{"default", "", []string{"./..."}}, {tag, tag, tagged}}
}

// packagesWithTag returns the packages of files whose build constraint names the tag, as arguments of the go command.
func packagesWithTag(sources []*source, tag string) (packages []string) {
	for _, s := range sources {
		if s.namesTag(tag) {
			packages = append(packages, "./"+s.folder())
		}
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}

func TestPackagesWithATagAreFound(t *testing.T) {
	var sources []*source
	for p, header := range map[string]string{
		"a/one.go": "//go:build odd\n\n", "b/two.go": "//go:build linux && !odd\n\n", "b/three.go": "//go:build odd || windows\n\n",
		"c/four.go": "//go:build linux\n\n", "d/five.go": "// Package d is odd.\n",
	} {
		s, err := parse(text{p, []byte(header + "package x\n\n//go:build odd\n")})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	if got, want := packagesWithTag(sources, "odd"), []string{"./a", "./b"}; !slices.Equal(got, want) {
		t.Errorf("packages with files for a tag are %q, want %q", got, want)
	}
}

func TestVetFindsNothing(t *testing.T) {
	slow(t)
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			if out, err := run(t, nil, "go", append([]string{"vet", "-tags", v.tags}, v.packages...)...); err != nil {
				t.Errorf("go vet -tags '%s' %s found the following; mend each line it names (%v):\n%s", v.tags, v.packages, err, out)
			}
		})
	}
}

// The linter lives in a module of its own, so that users of braid never see
// its dependencies.
func TestStaticcheckFindsNothing(t *testing.T) {
	slow(t)
	tool := []string{"tool", "-modfile=tools/go.mod", "staticcheck"}
	if out, err := run(t, nil, "go", append(tool, "-version")...); err != nil {
		t.Skipf("staticcheck cannot be built here, so it was not run; with a network, or a module cache that has what tools/go.mod names, it is (%v):\n%s", err, out)
	}
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			if out, err := run(t, nil, "go", slices.Concat(tool, []string{"-tags", v.tags}, v.packages)...); err != nil {
				t.Errorf("staticcheck -tags '%s' found the following; mend each line, or state below the check's name why not with //lint:ignore (%v):\n%s", v.tags, err, out)
			}
		})
	}
}

func TestTheProgramIsOneStaticFile(t *testing.T) {
	slow(t)
	bin := filepath.Join(t.TempDir(), "braid")
	if out, err := run(t, []string{"CGO_ENABLED=0", "GOOS=linux"}, "go", "build", "-o", bin, "./cmd/braid"); err != nil {
		t.Fatalf("CGO_ENABLED=0 go build ./cmd/braid failed; nothing below cmd/braid may need C (%v):\n%s", err, out)
	}
	if needs := dynamic(t, bin); len(needs) > 0 {
		t.Errorf("cmd/braid:1: the program needs %s, so it would not start on a node with other libraries. Find the import with `go list -deps ./cmd/braid` and move it to a nested module", strings.Join(needs, ", "))
	}
}

// dynamic lists what an ELF file wants from the machine it is started on: a
// program that loads it, and shared libraries.
func dynamic(t *testing.T, bin string) (needs []string) {
	t.Helper()
	f, err := elf.Open(bin)
	if err != nil {
		t.Fatalf("%s: %v", bin, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			needs = append(needs, "a dynamic interpreter (PT_INTERP)")
		}
	}
	libs, err := f.ImportedLibraries()
	if err != nil {
		t.Fatalf("%s: %v", bin, err)
	}
	return append(needs, libs...)
}

// A program of the system that is known to be linked dynamically shows that
// the check above sees what it looks for.
func TestTheStaticCheckCatches(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs a Linux system's own programs")
	}
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skipf("no /bin/sh to look at: %v", err)
	}
	if needs := dynamic(t, sh); len(needs) == 0 {
		t.Skipf("%s is static on this system", sh)
	} else if !strings.Contains(needs[0], "PT_INTERP") {
		t.Errorf("%s needs %q, want a dynamic interpreter first", sh, needs)
	}
}
