package console

import (
	"encoding/json"
	"math"

	"github.com/braid-compute/braid/internal/machine"
)

// Schema is the version of the document; docs/format/json.md says when it changes.
const Schema = 1

// Document is what a command prints with --json.
type Document struct {
	Schema  int                 `json:"schema"`
	Command string              `json:"command"`
	Machine machine.Description `json:"machine"`
	Results []Result            `json:"results"`
}

// Result is one measured or computed value. Values are numbers, texts, or nil where there is none.
type Result struct {
	Case      string   `json:"case"`
	Value     any      `json:"value"`
	Unit      string   `json:"unit"`
	Runs      []any    `json:"runs"`
	Reference *float64 `json:"reference,omitempty"`
	Tolerance *float64 `json:"tolerance,omitempty"`
	OK        *bool    `json:"ok,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// Single is a value of one run.
func Single(name string, value any, unit string) Result {
	if x, ok := value.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		value = nil // JSON has no such numbers
	}
	return Result{Case: name, Value: value, Unit: unit, Runs: []any{value}}
}

// None is a case without a value, and why.
func None(name, unit, note string) Result {
	return Result{Case: name, Unit: unit, Runs: []any{}, Note: note}
}

// Truth is a number in place of a truth value, which the format does not have.
func Truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Print writes the results of a command as one JSON value.
func (e *Env) Print(command string, results []Result) error {
	if results == nil {
		results = []Result{}
	}
	out := json.NewEncoder(e.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(Document{Schema, command, machine.Describe(), results})
}
