package main

import (
	"encoding/json"
	"math"

	"github.com/braid-compute/braid/internal/machine"
)

// schema is the version of the document; docs/format/json.md says when it changes.
const schema = 1

// document is what a command prints with --json.
type document struct {
	Schema  int                 `json:"schema"`
	Command string              `json:"command"`
	Machine machine.Description `json:"machine"`
	Results []result            `json:"results"`
}

// result is one measured or computed value. Values are numbers, texts, or nil where there is none.
type result struct {
	Case      string   `json:"case"`
	Value     any      `json:"value"`
	Unit      string   `json:"unit"`
	Runs      []any    `json:"runs"`
	Reference *float64 `json:"reference,omitempty"`
	Tolerance *float64 `json:"tolerance,omitempty"`
	OK        *bool    `json:"ok,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// single is a value of one run.
func single(name string, value any, unit string) result {
	if x, ok := value.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		value = nil // JSON has no such numbers
	}
	return result{Case: name, Value: value, Unit: unit, Runs: []any{value}}
}

// none is a case without a value, and why.
func none(name, unit, note string) result {
	return result{Case: name, Unit: unit, Runs: []any{}, Note: note}
}

// print writes the results of a command as one JSON value.
func (e *env) print(command string, results []result) error {
	if results == nil {
		results = []result{}
	}
	out := json.NewEncoder(e.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(document{schema, command, machine.Describe(), results})
}
