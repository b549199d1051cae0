package jobfile

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/braid-compute/braid/internal/job"
)

// pair is an entry of a mapping.
type pair struct {
	name  string
	line  int
	value *yaml.Node
}

// pairs yields the entries of a mapping, each name once.
func pairs(n *yaml.Node, what string, errs *Errors) iter.Seq[pair] {
	return func(yield func(pair) bool) {
		if n.Kind != yaml.MappingNode {
			errs.add(n.Line, "%s: want names with values, as in \"name: value\"", what)
			return
		}
		seen := map[string]int{}
		for k := 0; k+1 < len(n.Content); k += 2 {
			key := n.Content[k]
			if key.Kind != yaml.ScalarNode || key.Value == "" {
				errs.add(key.Line, "%s: a name is missing, or is no text", what)
				continue
			}
			if first := seen[key.Value]; first > 0 {
				errs.add(key.Line, "%q is there twice, the first time in line %d", key.Value, first)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(pair{key.Value, key.Line, n.Content[k+1]}) {
				return
			}
		}
	}
}

// text returns a value that is a text or a number, as it is written.
func text(n *yaml.Node, what string, errs *Errors) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		errs.add(n.Line, "%s: want a text", what)
		return ""
	}
	if strings.Contains(n.Value, "\x00") {
		errs.add(n.Line, "%s: it holds a NUL byte, which no program can be given", what)
	}
	return n.Value
}

// texts returns a list of texts; one that stands alone is a list too.
func texts(n *yaml.Node, what string, errs *Errors) (list []string) {
	if n.Kind != yaml.SequenceNode {
		return []string{text(n, what, errs)}
	}
	for _, c := range n.Content {
		list = append(list, text(c, what, errs))
	}
	return list
}

// read reads a step.
func (s *Step) read(n *yaml.Node, errs *Errors) {
	var matrix, zip, array *pair
	for k := range pairs(n, "step "+strconv.Quote(s.Name), errs) {
		switch k.name {
		case "command":
			s.command(k.value, errs)
		case "after":
			s.after = references(k, errs)
		case "after-each":
			s.each = references(k, errs)
		case "matrix":
			matrix = &k
		case "zip":
			zip = &k
		case "array":
			array = &k
		default:
			if !s.run(k, errs) {
				errs.add(k.line, "unknown key %q of step %q%s", k.name, s.Name, near(k.name, append([]string{"command", "after", "after-each", "matrix", "zip", "array"}, runKeys...)))
			}
		}
	}
	if len(s.Spec.Words) == 0 && s.Spec.Line == "" {
		errs.add(s.Line, "step %q has no command", s.Name)
	}
	if s.Spec.Shell != "" && s.Spec.Line == "" && s.set["shell"] {
		errs.add(s.Line, "step %q: a shell takes the command as one text, not as a list", s.Name)
	} else if s.Spec.Line == "" {
		s.Spec.Shell = ""
	}
	if array != nil {
		numbers := text(array.value, "array", errs)
		if _, err := job.ParseArray(numbers); err != nil {
			errs.add(array.value.Line, "array: %v", err)
		}
		s.Spec.Lists = append(s.Spec.Lists, job.Arguments{Array: numbers})
	}
	if matrix != nil {
		for k := range pairs(matrix.value, "matrix", errs) {
			s.Spec.Lists = append(s.Spec.Lists, job.Arguments{Names: []string{k.name}, Columns: [][]job.Text{column(k, errs)}})
		}
	}
	if zip != nil {
		s.zip(zip, errs)
	}
}

// references reads the names of steps, each once.
func references(k pair, errs *Errors) (list []reference) {
	for _, c := range elements(k.value) {
		list = append(list, reference{text(c, k.name, errs), c.Line})
	}
	slices.SortFunc(list, func(a, b reference) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(list, func(a, b reference) bool { return a.name == b.name })
}

// elements are the nodes of a list, or the one that stands alone.
func elements(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// command reads a text to be split, or words.
func (s *Step) command(n *yaml.Node, errs *Errors) {
	words := texts(n, "command", errs)
	if n.Kind == yaml.SequenceNode {
		s.Spec.Words = job.Texts(words)
		if len(words) == 0 {
			errs.add(n.Line, "the command is empty")
		}
		return
	}
	s.Spec.Line = job.Text(strings.TrimRight(words[0], "\n"))
}

// column reads the values of an argument: a list, or numbers as in 1-10.
func column(k pair, errs *Errors) []job.Text {
	if k.value.Kind == yaml.ScalarNode {
		values, err := job.ParseArray(k.value.Value)
		if err != nil {
			errs.add(k.value.Line, "%s: want a list of values, or numbers: %v", k.name, err)
		}
		return job.Texts(values)
	}
	values := texts(k.value, k.name, errs)
	if len(values) == 0 {
		errs.add(k.value.Line, "%s has no values", k.name)
	}
	return job.Texts(values)
}

// zip reads lists that advance together.
func (s *Step) zip(z *pair, errs *Errors) {
	var a job.Arguments
	for k := range pairs(z.value, "zip", errs) {
		c := column(k, errs)
		if len(a.Columns) > 0 && len(c) != len(a.Columns[0]) {
			errs.add(k.line, "zip: %q has %d values and %q has %d; give all the same number", k.name, len(c), a.Names[0], len(a.Columns[0]))
		}
		a.Names, a.Columns = append(a.Names, k.name), append(a.Columns, c)
	}
	if len(a.Names) == 0 {
		errs.add(z.line, "zip names no lists")
		return
	}
	s.Spec.Lists = append(s.Spec.Lists, a)
}

// runKeys are those that say how tasks run, of steps and defaults.
var runKeys = []string{"cpus", "mem", "mem-limit", "gpus", "nodes", "resources", "time", "grace", "retries", "env", "cwd", "stdin-file", "output", "keep-output", "shell"}

// run reads a key that says how tasks run, and reports whether it is one.
func (s *Step) run(k pair, errs *Errors) bool {
	if !slices.Contains(runKeys, k.name) {
		return false
	}
	if s.set != nil {
		s.set[k.name] = true
	}
	spec := s.Spec
	switch k.name {
	case "resources":
		spec.Needs.Resources = map[string]float64{}
		for r := range pairs(k.value, k.name, errs) {
			spec.Needs.Resources[r.name] = amount(r, errs)
		}
		return true
	case "env":
		vars := map[string]job.Text{}
		for _, v := range spec.Vars {
			vars[v.Name] = v.Value
		}
		for v := range pairs(k.value, k.name, errs) {
			vars[v.name] = job.Text(text(v.value, v.name, errs))
		}
		spec.Vars = nil
		for _, name := range slices.Sorted(maps.Keys(vars)) {
			spec.Vars = append(spec.Vars, job.Variable{Name: name, Value: vars[name]})
		}
		return true
	}
	value := func() string { return text(k.value, k.name, errs) }
	switch k.name {
	case "cpus":
		spec.Needs.Cores = amount(k, errs)
	case "gpus":
		spec.Needs.GPUs = amount(k, errs)
	case "nodes":
		spec.Needs.Nodes = whole(k, 1, job.MostNodes, errs)
	case "mem":
		spec.Needs.Memory = size(k, errs)
	case "mem-limit":
		spec.Limit = size(k, errs)
	case "keep-output":
		spec.Keep = size(k, errs)
	case "time":
		spec.Time = duration(k, errs)
	case "grace":
		spec.Grace = duration(k, errs)
	case "retries":
		spec.Retries = whole(k, 0, job.MostRetries, errs)
	case "cwd":
		spec.Dir = job.Text(value())
	case "stdin-file":
		spec.Stdin = job.Text(value())
	case "output":
		spec.Output = job.Text(value())
	case "shell":
		mode, ok := map[string]string{"true": "always", "false": "never"}[value()]
		if !ok {
			errs.add(k.value.Line, "shell: want true or false")
		}
		spec.Shell = mode
	}
	return true
}

// whole reads a whole number within bounds.
func whole(k pair, least, most int, errs *Errors) int {
	n, err := strconv.Atoi(text(k.value, k.name, errs))
	if err != nil || n < least || n > most {
		errs.add(k.value.Line, "%s: want a whole number from %d to %d", k.name, least, most)
	}
	return n
}

// amount reads a number above 0.
func amount(k pair, errs *Errors) float64 {
	v, err := strconv.ParseFloat(text(k.value, k.name, errs), 64)
	if err != nil || !(v >= 0.001 && v <= job.MostNeed) {
		errs.add(k.value.Line, "%s: want a number from 0.001 to %d", k.name, job.MostNeed)
		return 1
	}
	return v
}

// size reads a number of bytes with a unit, as in 512M.
func size(k pair, errs *Errors) int64 {
	number := strings.ToUpper(text(k.value, k.name, errs))
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("KMGT", number[n-1]); i >= 0 {
			shift, number = 10*(i+1), number[:n-1]
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	bytes := math.Ldexp(v, shift)
	if err != nil || !(bytes >= 1 && bytes <= 1<<60) {
		errs.add(k.value.Line, "%s: want a number of bytes, as in 800K, 512M or 1.5G", k.name)
		return 1
	}
	return int64(bytes)
}

// duration reads a length of time.
func duration(k pair, errs *Errors) time.Duration {
	d, err := time.ParseDuration(text(k.value, k.name, errs))
	if err != nil || d < 0 {
		errs.add(k.value.Line, "%s: want a length of time, as in 90s, 10m or 2h", k.name)
		return 0
	}
	return d
}

// copy returns what steps have that say nothing else.
func (s *Step) copy() *job.Spec {
	spec := *s.Spec
	spec.Needs.Resources, spec.Vars = maps.Clone(spec.Needs.Resources), slices.Clone(spec.Vars)
	if spec.Grace == 0 {
		spec.Grace = defaultGrace
	}
	if spec.Keep == 0 {
		spec.Keep = defaultKeep
	}
	return &spec
}

// What steps have that say nothing else, as the flags of the command do.
const (
	defaultGrace = 5 * time.Second
	defaultKeep  = 1 << 20
)
