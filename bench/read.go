package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A reading is the number that one start of a program came to.
type reading struct {
	seconds float64 // a task, an item, or the whole, as the workload says
	size    string  // of the work, as the program tells it; empty if it does not
}

// units are the names of units of time in both kinds of JSON, in seconds.
var units = map[string]float64{"s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}

// inSeconds converts a duration, which must be positive and finite.
func inSeconds(value float64, unit string) (float64, error) {
	factor, ok := units[unit]
	if !ok {
		return 0, fmt.Errorf("unit %q, want one of s, ms, us, ns", unit)
	}
	if s := value * factor; s > 0 && !math.IsInf(s, 1) {
		return s, nil
	}
	return 0, fmt.Errorf("%v %s, want a positive finite time", value, unit)
}

// document is what braid prints with --json, as docs/format/json.md describes it.
type document struct {
	Schema  int      `json:"schema"`
	Results []result `json:"results"`
}

type result struct {
	Case  string          `json:"case"`
	Value json.RawMessage `json:"value"` // a number, a string or null
	Unit  string          `json:"unit"`
	OK    *bool           `json:"ok"`
	Note  string          `json:"note"`
}

// schema is the version of braid's JSON that this command knows.
const schema = 1

// readBraid returns the value of a case. It is an error if any answer in the document is wrong.
func readBraid(out []byte, name string) (reading, error) {
	var d document
	if err := json.Unmarshal(out, &d); err != nil {
		return reading{}, fmt.Errorf("braid's output is not the JSON it should be: %w", err)
	}
	if d.Schema != schema {
		return reading{}, fmt.Errorf("braid's output has schema %d, this command knows %d", d.Schema, schema)
	}
	for _, r := range d.Results {
		if r.OK != nil && !*r.OK {
			return reading{}, fmt.Errorf("braid's case %q is wrong: %s %s", r.Case, r.Value, r.Note)
		}
	}
	i := slices.IndexFunc(d.Results, func(r result) bool { return r.Case == name })
	if i < 0 {
		return reading{}, fmt.Errorf("braid's output has no case %q", name)
	}
	var value *float64
	if err := json.Unmarshal(d.Results[i].Value, &value); err != nil || value == nil {
		return reading{}, fmt.Errorf("braid's case %q has no number: %s %s", name, d.Results[i].Value, d.Results[i].Note)
	}
	s, err := inSeconds(*value, d.Results[i].Unit)
	if err != nil {
		return reading{}, fmt.Errorf("braid's case %q is %w", name, err)
	}
	return reading{seconds: s}, nil
}

// peerLine is what a script in peers prints; measure.py describes it.
type peerLine struct {
	Unit  string           `json:"unit"`
	Value *float64         `json:"value"`
	Sizes map[string]int64 `json:"sizes"`
	OK    bool             `json:"ok"`
	Error string           `json:"error"`
}

// readPeer returns the number of a peer. Its line is the last that it printed; libraries may have printed others before.
func readPeer(out []byte) (reading, error) {
	out = bytes.TrimSpace(out)
	var l peerLine
	if err := json.Unmarshal(out[bytes.LastIndexByte(out, '\n')+1:], &l); err != nil {
		return reading{}, fmt.Errorf("the last line is not the JSON it should be: %w", err)
	}
	switch {
	case l.Error != "":
		return reading{}, errors.New(l.Error)
	case !l.OK:
		return reading{}, errors.New("the answer was not checked")
	case l.Value == nil:
		return reading{}, errors.New("there is no value")
	}
	s, err := inSeconds(*l.Value, l.Unit)
	return reading{s, sizeText(l.Sizes)}, err
}

// sizeText writes sizes as "n = 10,000, workers = 2".
func sizeText(sizes map[string]int64) string {
	var parts []string
	for name, n := range sizes {
		parts = append(parts, name+" = "+grouped(n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// grouped writes a number with commas between groups of three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
