package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
)

// packages are Debian's names of what programs need.
var packages = map[string]string{
	"python3":     "python3",
	"dask":        "python3-dask",
	"distributed": "python3-distributed",
	"numpy":       "python3-numpy",
	"joblib":      "python3-joblib",
	"gfortran":    "gfortran",
}

// An inventory is which versions of braid and the peers there are.
type inventory struct {
	versions map[string]string // without what is missing
}

// lookAround asks every program for its version.
func (s *session) lookAround(ctx context.Context) inventory {
	found := inventory{map[string]string{}}
	if out, err := s.start(ctx, []string{"braid", "version", "--json"}); err == nil {
		found.versions["braid"] = braidVersion(out)
	}
	modules := []string{"dask", "distributed", "numpy", "joblib"}
	if out, err := s.start(ctx, append([]string{"python3", "bench/peers/measure.py", "versions"}, modules...)); err == nil {
		maps.Copy(found.versions, moduleVersions(out))
	}
	// gfortran is started by the scripts, by this name.
	if out, err := exec.CommandContext(ctx, "gfortran", "--version").Output(); err == nil {
		first, _, _ := strings.Cut(string(out), "\n")
		found.versions["gfortran"] = first[strings.LastIndexByte(first, ' ')+1:]
	}
	return found
}

// moduleVersions reads what measure.py prints: versions by name, null for what is missing.
func moduleVersions(out []byte) map[string]string {
	var by map[string]*string
	if json.Unmarshal(out, &by) != nil {
		return nil
	}
	found := map[string]string{}
	for name, version := range by {
		if name == "python" {
			name = "python3"
		}
		if version != nil {
			found[name] = *version
		}
	}
	return found
}

// braidVersion reads what braid prints: its version, and the revision if it was built from version control.
func braidVersion(out []byte) string {
	var d document
	if json.NewDecoder(bytes.NewReader(out)).Decode(&d) != nil {
		return "unknown"
	}
	text := map[string]string{}
	for _, r := range d.Results {
		var value string
		if json.Unmarshal(r.Value, &value) == nil && value != "" {
			text[r.Case] = strings.TrimSpace(value + " " + r.Note)
		}
	}
	if text["revision"] == "" {
		return text["version"]
	}
	return fmt.Sprintf("%s, revision %s", text["version"], text["revision"])
}

// lacking returns which of the needs are missing.
func (v inventory) lacking(needs []string) (lacks []string) {
	for _, n := range needs {
		if v.versions[n] == "" {
			lacks = append(lacks, n)
		}
	}
	return lacks
}

// missing returns what is missing of all that any program needs, sorted.
func (v inventory) missing() []string {
	return v.lacking(slices.Sorted(maps.Keys(packages)))
}

// aptLine says how to install what is missing.
func aptLine(missing []string) string {
	names := make([]string, len(missing))
	for i, m := range missing {
		names[i] = packages[m]
	}
	return fmt.Sprintf("%s not found, so the rows that need them are left out. On Debian: apt-get install -y %s",
		strings.Join(missing, ", "), strings.Join(names, " "))
}
