package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/sweep"
)

// SpecVersion is that of the form of a Spec.
const SpecVersion = 1

// Spec says what a job runs.
type Spec struct {
	Version   int       `json:"version"`
	ID        int       `json:"id"` // from 1 on
	Name      string    `json:"name"`
	Group     string    `json:"group,omitempty"` // of jobs that were submitted together
	Submitted time.Time `json:"submitted"`

	Words   []Text      `json:"words,omitempty"` // the command as it stands, or
	Line    Text        `json:"line,omitempty"`  // as a text to be split
	Shell   string      `json:"shell,omitempty"` // "always", "never", or "" if the text's syntax decides
	Program Text        `json:"program"`         // absolute path, if it is the same for all tasks
	Lists   []Arguments `json:"lists,omitempty"` // of arguments, all combinations; none means one task

	Env    []Text     `json:"env"`              // environment of who submitted the job
	Vars   []Variable `json:"vars,omitempty"`   // in addition, or in place
	Folder Text       `json:"folder"`           // in which the job was submitted
	Dir    Text       `json:"dir,omitempty"`    // in which tasks run, if another; may have fields
	Stdin  Text       `json:"stdin,omitempty"`  // file that is a task's standard input; may have fields
	Output Text       `json:"output,omitempty"` // folder for outputs; "" keeps them in the store
	Keep   int64      `json:"keep"`             // bytes kept of each stream of a task

	Needs   Needs         `json:"needs"`
	Time    time.Duration `json:"time_ns,omitempty"` // that an attempt may take; 0: any
	Grace   time.Duration `json:"grace_ns"`          // between SIGTERM and SIGKILL
	Limit   int64         `json:"limit,omitempty"`   // bytes of memory that each process may have; 0: any
	Retries int           `json:"retries,omitempty"` // further attempts at a task that failed
	After   []int         `json:"after,omitempty"`   // jobs that must have done what they should
	Each    []int         `json:"each,omitempty"`    // jobs with as many tasks, after whose tasks those of this one come, one by one
}

// Needs say what each task needs while it runs.
type Needs struct {
	Cores     float64            `json:"cores"`
	Nodes     int                `json:"nodes,omitempty"`  // workers on each of which all this is needed; 0: one, as 1
	Memory    int64              `json:"memory,omitempty"` // bytes
	GPUs      float64            `json:"gpus,omitempty"`
	Resources map[string]float64 `json:"resources,omitempty"` // others, by name
}

// Arguments are a list of them: columns of equal length that advance together. Array is in place of one column with that name.
type Arguments struct {
	Names   []string `json:"names,omitempty"`
	Columns [][]Text `json:"columns,omitempty"`
	Array   string   `json:"array,omitempty"` // as ParseArray takes it
}

// Variable is an entry of the environment. Its value may have fields.
type Variable struct {
	Name  string `json:"name"`
	Value Text   `json:"value"`
}

// The greatest of what a job may say.
const (
	MostNeed    = 1_000_000
	MostNodes   = 10_000
	MostRetries = 10_000
	MostAfter   = 1_000
	mostName    = 200
)

// CheckName returns why a text cannot be the name of a job.
func CheckName(name string) error {
	switch {
	case name == "" || len(name) > mostName:
		return fmt.Errorf("a job's name has 1 to %d bytes", mostName)
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f || r == '\ufffd' }):
		return fmt.Errorf("%q cannot be the name of a job: it holds blanks, commas or what cannot be printed", name)
	case strings.Trim(name, "0123456789-") == "" || name == "last" || name == "all":
		return fmt.Errorf("%q cannot be the name of a job: it is one for any job; add a letter", name)
	}
	return nil
}

// Check returns what keeps a job from being run, apart from what its folder and programs are.
func (s *Spec) Check() error {
	if s.Version != SpecVersion {
		return fmt.Errorf("the job has version %d, and this program knows version %d: use the same version of braid", s.Version, SpecVersion)
	}
	if err := CheckName(s.Name); err != nil {
		return err
	}
	n := &s.Needs
	amounts := []float64{n.GPUs}
	for name, v := range n.Resources {
		if name == "" || v == 0 {
			return errors.New("a resource has no name, or none is needed of it")
		}
		amounts = append(amounts, v)
	}
	for _, v := range amounts {
		if v != 0 && !(v >= 0.001 && v <= MostNeed) {
			return fmt.Errorf("a task cannot need %v of a resource: it is from 0.001 to %d", v, MostNeed)
		}
	}
	switch {
	case !(n.Cores >= 0.001 && n.Cores <= MostNeed):
		return fmt.Errorf("a task cannot need %v cores: it is from 0.001 to %d", n.Cores, MostNeed)
	case n.Nodes < 0 || n.Nodes > MostNodes:
		return fmt.Errorf("a task cannot run on %d nodes: it is from 1 to %d", n.Nodes, MostNodes)
	case n.GPUs > 1 && n.GPUs != math.Trunc(n.GPUs):
		return fmt.Errorf("a task cannot need %v GPUs: it is a part of one, or a whole number", n.GPUs)
	case n.Memory < 0 || s.Limit < 0 || s.Time < 0 || s.Grace < 0 || s.Keep < 1:
		return errors.New("bytes and times must not be negative")
	case s.Retries < 0 || s.Retries > MostRetries:
		return fmt.Errorf("%d retries: there can be from 0 to %d", s.Retries, MostRetries)
	case len(s.After)+len(s.Each) > MostAfter:
		return fmt.Errorf("a job comes after at most %d others", MostAfter)
	}
	_, err := s.Compile()
	return err
}

// Compiled is a Spec made ready to be expanded into tasks.
type Compiled struct {
	*Spec
	Template *command.Template
	Sweep    *sweep.Sweep
	array    []string // the values of the array, if there is one
	vars     []command.Text
	dir      command.Text
	stdin    command.Text
}

// Compile parses what a Spec holds as texts.
func (s *Spec) Compile() (c *Compiled, err error) {
	c = &Compiled{Spec: s, Sweep: &sweep.Sweep{}, dir: command.ParseText(string(s.Dir)), stdin: command.ParseText(string(s.Stdin))}
	for _, l := range s.Lists {
		if err := c.add(l); err != nil {
			return nil, err
		}
	}
	if n := c.Sweep.Tasks(); n > MostTasks || n == 0 && len(s.Lists) > 0 {
		return nil, fmt.Errorf("the lists make %d tasks: there can be from 1 to %d", n, MostTasks)
	}
	switch {
	case len(s.Words) > 0 && s.Line != "" || s.Shell != "" && s.Line == "":
		return nil, errors.New("a command is a list of words, or one text which a shell may run")
	case len(s.Words) > 0:
		c.Template, err = command.Argv(Strings(s.Words))
	default:
		mode, known := map[string]command.Mode{"": command.Auto, "always": command.Always, "never": command.Never}[s.Shell]
		if !known {
			return nil, fmt.Errorf("unknown shell %q: it is always, never, or left out", s.Shell)
		}
		c.Template, err = command.Parse(string(s.Line), mode)
	}
	if err != nil {
		return nil, err
	}
	in := c.inputs()
	if err := c.Template.Check(in); err != nil && !errors.Is(err, command.ErrNoField) {
		return nil, err
	}
	for _, v := range s.Vars {
		if v.Name == "" || strings.ContainsAny(v.Name, "=\x00") || strings.Contains(string(v.Value), "\x00") {
			return nil, fmt.Errorf("the variable %q is none: write NAME=VALUE", v.Name)
		}
		c.vars = append(c.vars, command.ParseText(string(v.Value)))
	}
	for k := range c.vars {
		if err := c.vars[k].Check(in); err != nil {
			return nil, err
		}
	}
	return c, errors.Join(c.dir.Check(in), c.stdin.Check(in))
}

// CheckFields reports that all tasks would be the same, but for their numbers, though there are arguments for them. An array needs no
// field, as programs find its number in their environment.
func (c *Compiled) CheckFields() error {
	if len(c.Lists) == 0 || c.array != nil || c.dir.HasFields() || c.stdin.HasFields() || slices.ContainsFunc(c.vars, command.Text.HasFields) {
		return nil
	}
	return c.Template.Check(c.inputs())
}

// inputs are what fields may stand for.
func (c *Compiled) inputs() command.Inputs {
	return command.Inputs{Lists: c.Sweep.Lists(), Names: c.Sweep.Names()}
}

// add adds a list to the sweep.
func (c *Compiled) add(l Arguments) error {
	if l.Array != "" {
		values, err := ParseArray(l.Array)
		if err != nil {
			return fmt.Errorf("the array %w", err)
		}
		if c.array != nil {
			return errors.New("a job has one array at most: write other numbers as a list of arguments")
		}
		c.array = values
		return c.Sweep.AddTable(sweep.Table{Names: []string{"array"}, Columns: [][]string{values}})
	}
	t := sweep.Table{Names: l.Names}
	for _, column := range l.Columns {
		t.Columns = append(t.Columns, Strings(column))
	}
	if len(t.Columns) == 0 || len(t.Names) != len(t.Columns) || slices.ContainsFunc(t.Columns, func(c []string) bool { return len(c) != len(t.Columns[0]) }) {
		return errors.New("a list of arguments has no columns, or columns of different lengths")
	}
	return c.Sweep.AddTable(t)
}

// Tasks returns how many tasks there are.
func (c *Compiled) Tasks() int {
	if len(c.Lists) == 0 {
		return 1
	}
	return int(min(c.Sweep.Tasks(), math.MaxInt32)) // Compile allows far less
}

// Task returns what the fields of a task stand for.
func (c *Compiled) Task(number int) command.Task {
	t := command.Task{Number: int64(number)}
	if len(c.Lists) > 0 {
		t.Args = c.Sweep.Args(t.Number - 1)
	}
	return t
}

// Title returns the name that a job has if it was given none.
func (s *Spec) Title() string {
	name := "job"
	if c, err := s.Compile(); err == nil {
		name = c.Template.Title()
	}
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r == ',' || r == 0x7f || r == '\ufffd' {
			return '_'
		}
		return r
	}, name)
	name = strings.ToValidUTF8(name[:min(len(name), 40)], "")
	if CheckName(name) != nil {
		return "job_" + name
	}
	return name
}

// ParseSpec reads a Spec.
func ParseSpec(data []byte) (*Spec, error) {
	s := new(Spec)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, err
	}
	return s, s.Check()
}
