//go:build unix

package mapcmd

import (
	"bufio"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/command/process"
)

// mapJSON writes tasks for programs: a line for each, or failures within one value.
type mapJSON struct {
	lines  bool
	begun  bool
	out    *bufio.Writer
	failed []console.Result
}

// mapLine is the line of a task; docs/map.md describes it.
type mapLine struct {
	Task       int64    `json:"task"`
	Args       []string `json:"args,omitempty"`
	ArgsBase64 [][]byte `json:"args_base64,omitempty"` // instead, if one is not UTF-8
	OK         bool     `json:"ok"`
	Earlier    bool     `json:"earlier,omitempty"`
	Exit       *int     `json:"exit,omitempty"`
	Signal     string   `json:"signal,omitempty"`
	Why        string   `json:"why,omitempty"`
	Error      string   `json:"error,omitempty"`
	Attempts   int      `json:"attempts,omitempty"`

	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_seconds"`
	Peak    int64   `json:"peak_bytes,omitempty"`
	Read    int64   `json:"read_bytes,omitempty"`
	Written int64   `json:"written_bytes,omitempty"`

	Stdout       *string `json:"stdout,omitempty"`
	StdoutBase64 []byte  `json:"stdout_base64,omitempty"`
	Stderr       *string `json:"stderr,omitempty"`
	StderrBase64 []byte  `json:"stderr_base64,omitempty"`
	Cut          int64   `json:"cut_bytes,omitempty"`
	StdoutFile   string  `json:"stdout_file,omitempty"`
	StderrFile   string  `json:"stderr_file,omitempty"`
}

// task writes the line of a task, or keeps its failure.
func (j *mapJSON) task(o *batch.Outcome) error {
	if !j.lines {
		if !o.OK() && len(j.failed) < mostFailures {
			r := console.None(fmt.Sprintf("map.task.%d", o.Task), "", failure(o))
			if o.Code >= 0 {
				r = console.Single(r.Case, o.Code, "")
				r.Note = failure(o)
			}
			r.OK = new(bool)
			j.failed = append(j.failed, r)
		}
		return nil
	}
	if err := j.header(); err != nil {
		return err
	}
	l := mapLine{
		Task: o.Task, OK: o.OK(), Earlier: o.Earlier, Why: string(o.Why), Attempts: o.Attempts, Seconds: o.Wall.Seconds(), CPU: o.CPU.Seconds(),
		Peak: o.Peak, Read: o.Read, Written: o.Written, Cut: o.Cut, StdoutFile: o.StdoutFile, StderrFile: o.StderrFile,
	}
	for _, a := range o.Args {
		l.ArgsBase64 = append(l.ArgsBase64, []byte(a))
	}
	if valid(o.Args) {
		l.Args, l.ArgsBase64 = o.Args, nil
	}
	if o.Code >= 0 {
		l.Exit = &o.Code
	}
	if o.Signal != 0 {
		l.Signal = process.SignalName(o.Signal)
	}
	if o.Err != nil {
		l.Error = o.Err.Error()
	}
	if o.StdoutFile == "" {
		l.Stdout, l.StdoutBase64 = textOrBytes(o.Stdout)
		l.Stderr, l.StderrBase64 = textOrBytes(o.Stderr)
	}
	return j.line(l)
}

// valid reports whether all texts can stand in JSON.
func valid(texts []string) bool {
	for _, t := range texts {
		if !utf8.ValidString(t) {
			return false
		}
	}
	return true
}

// textOrBytes returns UTF-8 as a text, and anything else as bytes.
func textOrBytes(b []byte) (*string, []byte) {
	if !utf8.Valid(b) {
		return nil, b
	}
	s := string(b)
	return &s, nil
}

// header writes the first line.
func (j *mapJSON) header() error {
	if j.begun {
		return nil
	}
	j.begun = true
	return j.line(struct {
		Schema  int    `json:"schema"`
		Command string `json:"command"`
	}{console.Schema, "map"})
}

// line writes one line, and at once, for somebody may wait for it.
func (j *mapJSON) line(v any) error {
	out := json.NewEncoder(j.out)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err
	}
	return j.out.Flush()
}

// summary writes the last line.
func (j *mapJSON) summary(v mapVerdict) error {
	if err := j.header(); err != nil {
		return err
	}
	values := map[string]any{}
	for _, r := range v.results() {
		values[r.Case[len("map."):]] = r.Value
	}
	return j.line(struct {
		Summary map[string]any `json:"summary"`
	}{values})
}

// results are the numbers of the run, and the failures.
func (j *mapJSON) results(v mapVerdict) []console.Result { return append(v.results(), j.failed...) }

// results are the numbers of the run.
func (v mapVerdict) results() []console.Result {
	results := []console.Result{
		console.Single("map.tasks", v.Total, "tasks"), console.Single("map.done", v.Done, "tasks"), console.Single("map.failed", v.Failed, "tasks"),
		console.Single("map.earlier", v.Earlier, "tasks"), console.Single("map.not_run", v.NotRun, "tasks"), console.Single("map.retried", v.Retried, "attempts"),
		console.Single("map.seconds", v.Wall.Seconds(), "s"), console.Single("map.busy", v.Busy.Seconds(), "s"), console.Single("map.cpu", v.CPU.Seconds(), "s"),
		console.Single("map.slots", v.slots, "slots"), console.Single("map.cores", v.cores, "cores"), console.Single("map.cores_used", v.used(), "cores"),
		console.Single("map.peak", v.Peak, "bytes"), console.Single("map.cut", v.Cut, "bytes"),
	}
	if a := v.advice(v.Total - v.Earlier); a != "" {
		results[11].Note = a
	}
	return results
}
