package jobfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/braid-compute/braid/internal/job"
)

// The limits of a file.
const (
	MostBytes = 4 << 20
	MostSteps = job.MostJobs / 2
)

// File is what a file says.
type File struct {
	Name  string  // "" if it has none
	Steps []*Step // each after those that it comes after

	wrong Errors // what Parse has found
}

// Step is a job of a file.
type Step struct {
	Name  string
	Line  int       // where it begins
	Spec  *job.Spec // without its surroundings; After and Each have numbers below 0, as job.Store.Add takes them
	set   map[string]bool
	after []reference
	each  []reference
	wrong bool // Parse has found something, so nothing else is looked for
}

// before are all steps that it comes after.
func (s *Step) before() []reference { return slices.Concat(s.after, s.each) }

// reference is a step that another comes after.
type reference struct {
	name string
	line int
}

// Parse reads a file. The error, if the file is wrong, is of type [Errors]. The file is nil only if it has no form at all; otherwise
// [File.Specs] finds what else is wrong.
func Parse(data []byte) (*File, error) {
	var errs Errors
	if len(data) > MostBytes {
		errs.add(1, "the file has more than %d bytes; let programs read long lists from files of their own", MostBytes)
		return nil, errs
	}
	root := document(data, &errs)
	if root == nil {
		return nil, errs.sorted()
	}
	f := &File{}
	defaults := &Step{Spec: &job.Spec{Needs: job.Needs{Cores: 1}}}
	var steps *yaml.Node
	for k := range pairs(root, "the file", &errs) {
		switch k.name {
		case "version":
			if k.value.Value != "1" {
				errs.add(k.value.Line, "version %q of the form is unknown; this program knows version 1", k.value.Value)
			}
		case "name":
			if f.Name = text(k.value, "name", &errs); f.Name != "" {
				if err := job.CheckName(f.Name); err != nil {
					errs.add(k.value.Line, "%v", err)
					f.Name = ""
				}
			}
		case "defaults":
			for d := range pairs(k.value, "defaults", &errs) {
				if !defaults.run(d, &errs) {
					errs.add(d.line, "unknown key %q of defaults%s", d.name, near(d.name, runKeys))
				}
			}
		case "steps":
			steps = k.value
		default:
			errs.add(k.line, "unknown key %q%s", k.name, near(k.name, []string{"version", "name", "defaults", "steps"}))
		}
	}
	switch {
	case steps == nil:
		errs.add(root.Line, "there are no steps; write them below \"steps:\"")
	default:
		f.steps(steps, defaults, &errs)
	}
	f.order(&errs)
	f.wrong = errs
	return f, errs.sorted()
}

// yamlLine finds the line in an error of the parser.
var yamlLine = regexp.MustCompile(`line (\d+): `)

// document parses YAML into its only document, a mapping.
func document(data []byte, errs *Errors) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root, more yaml.Node
	err := decoder.Decode(&root)
	if errors.Is(err, io.EOF) {
		errs.add(1, "the file is empty; a job file has \"steps:\"")
		return nil
	}
	if err == nil && decoder.Decode(&more) != io.EOF {
		errs.add(max(more.Line, 1), "there is a second document, or something else behind the first; write one file each")
		return nil
	}
	if err != nil {
		what, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
		if m := yamlLine.FindStringSubmatchIndex(what); m != nil {
			line, _ = strconv.Atoi(what[m[2]:m[3]])
			what = what[:m[0]] + what[m[1]:]
		}
		errs.add(line, "%s", what)
		return nil
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		errs.add(1, "the file is no document")
		return nil
	}
	plain(root.Content[0], errs)
	if len(*errs) > 0 {
		return nil
	}
	return root.Content[0]
}

// plain refuses what makes a file say other things than stand there.
func plain(n *yaml.Node, errs *Errors) {
	switch {
	case n.Kind == yaml.AliasNode:
		errs.add(n.Line, "aliases are not understood; write the value itself, or use defaults")
	case n.Anchor != "":
		errs.add(n.Line, "anchors are not understood; leave &%s out", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		errs.add(n.Line, "tags are not understood; leave %s out", n.Tag)
	}
	for _, c := range n.Content {
		plain(c, errs)
	}
}

// steps reads all steps.
func (f *File) steps(n *yaml.Node, defaults *Step, errs *Errors) {
	for k := range pairs(n, "steps", errs) {
		if len(f.Steps) == MostSteps {
			errs.add(k.line, "there are more than %d steps", MostSteps)
			return
		}
		before := len(*errs)
		if job.CheckName("/"+k.name) != nil || strings.Contains(k.name, "/") {
			errs.add(k.line, "a step cannot be called %q; use letters, digits, - and _", k.name)
		}
		s := &Step{Name: k.name, Line: k.line, Spec: defaults.copy(), set: map[string]bool{}}
		s.read(k.value, errs)
		s.wrong = len(*errs) > before || before == mostErrors
		f.Steps = append(f.Steps, s)
	}
	if len(f.Steps) == 0 {
		errs.add(n.Line, "there are no steps; each is a name and what it runs")
	}
}

// order sorts the steps so that each stands behind those that it comes after, and otherwise as in the file.
func (f *File) order(errs *Errors) {
	begin := len(*errs)
	byName := make(map[string]*Step, len(f.Steps))
	for _, s := range f.Steps {
		byName[s.Name] = s
	}
	for _, s := range f.Steps {
		for _, r := range s.before() {
			if byName[r.name] == nil {
				errs.add(r.line, "step %q comes after %q, which is no step%s", s.Name, r.name, near(r.name, f.names()))
			}
		}
	}
	if len(*errs) > begin {
		return
	}
	place := make(map[string]int, len(f.Steps)) // in the order, from 1 on; -1 while its predecessors are placed
	var sorted []*Step
	var visit func(s *Step, path []string) bool
	visit = func(s *Step, path []string) bool {
		switch p := place[s.Name]; {
		case p > 0:
			return true
		case p < 0:
			cycle := append(path[slices.Index(path, s.Name):], s.Name)
			errs.add(s.Line, "the steps come after each other in a circle: %s; leave one of these out", strings.Join(cycle, " after "))
			return false
		}
		place[s.Name] = -1
		for _, r := range s.before() {
			if !visit(byName[r.name], append(path, s.Name)) {
				return false
			}
		}
		sorted = append(sorted, s)
		place[s.Name] = len(sorted)
		return true
	}
	for _, s := range f.Steps {
		if !visit(s, nil) {
			return
		}
	}
	f.Steps = sorted
	for _, s := range f.Steps {
		for _, r := range s.after {
			s.Spec.After = append(s.Spec.After, -place[r.name])
		}
		for _, r := range s.each {
			s.Spec.Each = append(s.Spec.Each, -place[r.name])
		}
	}
}

func (f *File) names() (names []string) {
	for _, s := range f.Steps {
		names = append(names, s.Name)
	}
	return names
}

// Specs returns the jobs, with the surroundings of one, or all that is wrong with the file. ready finds what is wrong with a job outside of the
// file, such as a program that is not there; it may be nil.
func (f *File) Specs(around *job.Spec, ready func(*job.Spec) error) ([]*job.Spec, error) {
	var list []*job.Spec
	errs := f.wrong
	tasks := make(map[string]int, len(f.Steps)) // of steps without errors
	for _, s := range f.Steps {
		if s.wrong {
			continue
		}
		spec := s.Spec
		spec.Name, spec.Group = f.Name+"/"+s.Name, f.Name
		spec.Version, spec.Env, spec.Folder = job.SpecVersion, around.Env, around.Folder
		err := spec.Check()
		if err == nil && ready != nil {
			err = ready(spec)
		}
		if err != nil {
			errs.add(s.Line, "step %q: %v", s.Name, err)
		} else if c, err := spec.Compile(); err == nil {
			tasks[s.Name] = c.Tasks()
			s.compare(tasks, &errs)
		}
		list = append(list, spec)
	}
	if err := errs.sorted(); err != nil {
		return nil, err
	}
	return list, nil
}

// compare finds those steps that have another number of tasks than one whose tasks come one by one after theirs.
func (s *Step) compare(tasks map[string]int, errs *Errors) {
	for _, r := range s.each {
		if n := tasks[r.name]; n > 0 && n != tasks[s.Name] {
			errs.add(r.line, "step %q has %s and %q has %d: task by task it cannot come after it", s.Name, counted(tasks[s.Name]), r.name, n)
		}
	}
}

func counted(tasks int) string {
	if tasks == 1 {
		return "1 task"
	}
	return strconv.Itoa(tasks) + " tasks"
}

// near suggests a name that may have been meant.
func near(name string, names []string) string {
	best, least := "", len(name)/2+1
	for _, n := range names {
		if len(name) > 2*len(n)+2 {
			continue
		}
		if d := distance(strings.ToLower(name), n); d < least {
			best, least = n, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) > 12:
		return ""
	}
	return "; there are " + strings.Join(names, ", ")
}

// distance counts the letters to insert, remove or replace that make a of b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := last
			if a[i] != b[j] {
				change++
			}
			last = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
