package job

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// Call is what is run of one task.
type Call struct {
	Path  string // of the program, if it is the same for all tasks
	Argv  []string
	Env   []string
	Dir   string
	Stdin string // "" for an empty one
}

// The variables that a task finds in its environment beside those of who submitted the job.
const (
	JobVariable   = "BRAID_JOB"
	TaskVariable  = "BRAID_TASK"
	ArrayVariable = "BRAID_ARRAY_INDEX"
	coresVariable = "BRAID_CORES"

	NodesVariable    = "BRAID_NODES"     // how many they are, where a task has several
	NodeFileVariable = "BRAID_NODE_FILE" // with a line for each, its host
	GPUsVariable     = "BRAID_GPUS"      // the devices that a task may use, with commas between them
	CUDAVariable     = "CUDA_VISIBLE_DEVICES"
)

// threadVariables tell programs how many threads to use.
var threadVariables = [...]string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}

// Call returns what is run of a task.
func (c *Compiled) Call(number int) (*Call, error) {
	t := c.Task(number)
	call := &Call{Path: string(c.Program), Argv: c.Template.Expand(t), Dir: c.under(c.dir.Expand(t)), Stdin: c.stdin.Expand(t)}
	if call.Stdin != "" {
		call.Stdin = c.under(call.Stdin)
	}
	env := make(map[string]int, len(c.Env)+8) // where it stands, as programs differ in which of two they take
	set := func(name, value string) {
		entry := name + "=" + value
		if at, ok := env[name]; ok {
			call.Env[at] = entry
			return
		}
		env[name] = len(call.Env)
		call.Env = append(call.Env, entry)
	}
	for _, e := range c.Env {
		name, value, _ := strings.Cut(string(e), "=")
		switch name {
		case "BRAID_EVENTS", "BRAID_SPANS": // files of the program that submitted the job
		default:
			set(name, value)
		}
	}
	cores := strconv.Itoa(max(1, int(math.Round(c.Needs.Cores))))
	for _, name := range threadVariables {
		if _, ok := env[name]; !ok {
			set(name, cores)
		}
	}
	set(coresVariable, cores)
	set(JobVariable, strconv.Itoa(c.ID))
	set(TaskVariable, strconv.Itoa(number))
	if c.array != nil {
		set(ArrayVariable, c.arrayValue(number))
	}
	for k, v := range c.Vars {
		set(v.Name, c.vars[k].Expand(t))
	}
	for _, s := range append(call.Env, call.Argv...) {
		if strings.IndexByte(s, 0) >= 0 {
			return nil, fmt.Errorf("an argument or a variable of its environment holds a NUL byte, which no program can be given")
		}
	}
	return call, nil
}

// under returns a path from the folder in which the job was submitted.
func (c *Compiled) under(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(string(c.Folder), path)
}

// arrayValue returns the number of the array that a task has.
func (c *Compiled) arrayValue(number int) string {
	inner := 1 // tasks for each value of the array
	for k := len(c.Lists) - 1; k >= 0 && c.Lists[k].Array == ""; k-- {
		inner *= len(c.Lists[k].Columns[0])
	}
	return c.array[(number-1)/inner%len(c.array)]
}

// OutputNames returns the files for the output of a task, if that is not in the store.
func (s *Spec) OutputNames(number int) (stdout, stderr string) {
	folder := string(s.Output)
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(string(s.Folder), folder)
	}
	name := filepath.Join(folder, strconv.Itoa(number))
	return name + ".out", name + ".err"
}
