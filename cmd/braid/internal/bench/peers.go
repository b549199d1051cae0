package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/braid-compute/braid/bench/peers"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// peerLimit is how long one peer may take with all its runs. The longest takes half a minute on a quiet machine.
const peerLimit = 5 * time.Minute

// A peerScript is a peer of a script in bench/peers.
type peerScript struct {
	script, name string
	needs        []string // modules of Python, or programs
}

// peerRuns are what a peer did: the runs for some of the first cases of a figure, or why there are none.
type peerRuns struct {
	name  string
	cases [][]float64
	note  string
}

// of returns the runs of case number k of the figure. What note says is said with the first.
func (p peerRuns) of(k int) peerRuns {
	one := peerRuns{name: p.name}
	switch {
	case k < len(p.cases):
		one.cases = p.cases[k : k+1]
	case k == 0:
		one.note = p.note
	}
	return one
}

// results are the peer's value, and braid's over it.
func (p *peerRuns) results(m measured) []console.Result {
	if len(p.cases) == 0 {
		return []console.Result{console.None("peer."+m.name, m.unit, p.note), console.None("ratio."+m.name, "", p.note)}
	}
	value := repeated("peer."+m.name, m.unit, p.cases[0])
	value.Note = p.name
	ratio := console.None("ratio."+m.name, "", m.note)
	if len(m.runs) > 0 {
		ratio = console.Single(ratio.Case, median(m.runs)/median(p.cases[0]), "")
	}
	return []console.Result{value, ratio}
}

// cells are the peer's value, braid's over it, and the peer's name, for the table.
func (p *peerRuns) cells(m measured) []string {
	if p == nil || len(p.cases) == 0 || len(m.runs) == 0 {
		return []string{"-", "-", "-"}
	}
	return []string{round(median(p.cases[0]), 3), round(median(m.runs)/median(p.cases[0]), 2), p.name}
}

// A peerBench runs peers with one Python.
type peerBench struct {
	python string
	dir    string            // of the scripts and what they compile
	lacks  map[string]string // what is not there, and why
}

// openPeers looks for what the scripts need, and says in one line what is missing. A peer that needs that has no values.
func (e *env) openPeers(ctx context.Context, python string, scripts []peerScript) (*peerBench, error) {
	dir, err := os.MkdirTemp("", "braid-peers-")
	if err != nil {
		return nil, err
	}
	p := &peerBench{dir: dir, lacks: map[string]string{}}
	if err := os.CopyFS(dir, fs.FS(peers.Scripts)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	var modules, programs []string
	for _, s := range scripts {
		for _, need := range s.needs {
			if need == "gfortran" {
				programs = append(programs, need)
			} else {
				modules = append(modules, need)
			}
		}
	}
	p.look(ctx, python, sorted(modules), sorted(programs))
	if len(p.lacks) > 0 {
		var missing []string
		for _, what := range slices.Concat([]string{"python"}, sorted(modules), sorted(programs)) {
			if why := p.lacks[what]; why != "" && !slices.Contains(missing, why) {
				missing = append(missing, why)
			}
		}
		fmt.Fprintf(e.Stderr, "braid bench: peers without figures, because %s; --python names another interpreter\n", strings.Join(missing, ", "))
	}
	return p, nil
}

func sorted(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// look notes what of the modules and programs is not there.
func (p *peerBench) look(ctx context.Context, python string, modules, programs []string) {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			p.lacks[program] = "there is no " + program
		}
	}
	lacking := func(what []string, why string) {
		for _, m := range append(what, "python") {
			p.lacks[m] = why
		}
	}
	file, err := exec.LookPath(python)
	if err != nil {
		lacking(modules, fmt.Sprintf("there is no %s", python))
		return
	}
	if file, err = filepath.Abs(file); err != nil {
		lacking(modules, err.Error())
		return
	}
	p.python = file
	out, err := p.start(ctx, append([]string{"measure.py", "versions"}, modules...)...)
	var versions map[string]*string
	if err == nil {
		err = json.Unmarshal(out, &versions)
	}
	if err != nil {
		lacking(modules, fmt.Sprintf("%s does not run: %v", file, err))
		return
	}
	for _, m := range modules {
		if versions[m] == nil {
			p.lacks[m] = fmt.Sprintf("%s has no module %s", file, m)
		}
	}
}

func (p *peerBench) close() error { return os.RemoveAll(p.dir) }

// run measures a peer with sizes, such as n=100.
func (p *peerBench) run(ctx context.Context, s peerScript, sizes ...string) peerRuns {
	r := peerRuns{name: s.name}
	for _, need := range slices.Concat([]string{"python"}, s.needs) {
		if why := p.lacks[need]; why != "" {
			r.note = why
			return r
		}
	}
	limited, cancel := context.WithTimeout(ctx, peerLimit)
	defer cancel()
	out, err := p.start(limited, slices.Concat([]string{s.script, s.name}, sizes)...)
	var line struct {
		Runs  []float64 `json:"runs"`
		Peak  float64   `json:"peak_mb"`
		Error string    `json:"error"`
	}
	switch e := json.Unmarshal(out, &line); {
	case ctx.Err() != nil:
		r.note = "interrupted"
	case limited.Err() != nil:
		r.note = fmt.Sprintf("not done after %v", peerLimit)
	case e == nil && line.Error != "":
		r.note = line.Error
	case err != nil || e != nil:
		r.note = errors.Join(err, e).Error()
	default:
		r.cases = [][]float64{line.Runs}
		if line.Peak > 0 {
			r.cases = append(r.cases, []float64{line.Peak})
		}
	}
	return r
}

// start runs a script and returns what it prints.
func (p *peerBench) start(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, p.python, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+p.dir, "PYTHONDONTWRITEBYTECODE=1")
	cmd.WaitDelay = 5 * time.Second // for a grandchild that keeps the pipe open
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if text := bytes.TrimSpace(stderr.Bytes()); len(text) > 0 {
			err = fmt.Errorf("%w: %s", err, text[bytes.LastIndexByte(text, '\n')+1:])
		}
	}
	return out, err
}
