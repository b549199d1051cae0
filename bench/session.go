package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/machine"
)

// programLimit is how long one start of a program may take. The longest takes some twenty seconds on a quiet machine.
const programLimit = 3 * time.Minute

// A session is what all programs of one run share.
type session struct {
	root    string            // of the repository, in which the programs run
	scratch string            // folder for temporary files, removed at the end
	tools   map[string]string // what stands first in a command → the file that is run
	env     []string
	found   inventory
	stderr  io.Writer
	outputs map[string]output // of this round, by command
	log     io.WriteCloser
	logErr  error // the first failure to write the log
}

// openSession builds braid and looks at what peers there are.
func openSession(ctx context.Context, o options, stderr io.Writer) (*session, error) {
	if _, err := os.Stat(filepath.Join("bench", "peers", "measure.py")); err != nil {
		return nil, fmt.Errorf("the folder bench/peers is not here; run \"go run ./bench\" in the root of the repository: %w", err)
	}
	scratch, err := os.MkdirTemp("", "braid-bench-")
	if err != nil {
		return nil, err
	}
	s := &session{root: ".", scratch: scratch, outputs: map[string]output{}, stderr: stderr}
	s.env = append(os.Environ(), "TMPDIR="+scratch, "PYTHONDONTWRITEBYTECODE=1")
	s.tools = map[string]string{"braid": filepath.Join(scratch, "braid"), "python3": o.python, "go": "go"}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(scratch))
	}
	return s, nil
}

func (s *session) prepare(ctx context.Context) error {
	if _, err := s.start(ctx, []string{"go", "build", "-buildvcs=auto", "-o", s.tools["braid"], "./cmd/braid"}); err != nil {
		return fmt.Errorf("building braid: %w", err)
	}
	s.found = s.lookAround(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	results := filepath.Join("bench", "results")
	if err := os.MkdirAll(results, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(results, time.Now().UTC().Format("20060102T150405Z")+".jsonl"))
	s.log = log
	return err
}

func (s *session) close() {
	if err := errors.Join(s.log.Close(), os.RemoveAll(s.scratch)); err != nil {
		fmt.Fprintf(s.stderr, "bench: %v\n", err)
	}
}

// start runs a command and returns what it wrote to standard output. The first word is a name in s.tools. When ctx ends,
// the program is killed with all processes it has started.
func (s *session) start(ctx context.Context, command []string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, programLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, s.tools[command[0]], command[1:]...)
	cmd.Dir, cmd.Env = s.root, s.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second // for a grandchild that keeps the pipes open
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case limited.Err() != nil:
		return nil, fmt.Errorf("%s: not done after %v", strings.Join(command, " "), programLimit)
	case err != nil:
		return stdout.Bytes(), fmt.Errorf("%s: %w%s", strings.Join(command, " "), err, lastLine(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

// lastLine returns the last line of what a program complained, behind a colon; most complaints end with their gist.
func lastLine(text []byte) string {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return ""
	}
	return ": " + string(text[bytes.LastIndexByte(text, '\n')+1:])
}

// alternate runs the programs of all workloads in turns: a warm-up of each, with the small sizes of warm, then as many
// rounds. The tables hold what was measured, also when ctx ends before.
func (s *session) alternate(ctx context.Context, warm, full []workload, rounds int) []table {
	tables := make([]table, len(full))
	for i, w := range full {
		tables[i].workload = w
		for _, p := range w.programs {
			tables[i].rows = append(tables[i].rows, row{program: p, lacks: s.found.lacking(p.needs)})
		}
	}
	for round := range rounds + 1 {
		clear(s.outputs)
		for i := range tables {
			if ctx.Err() != nil {
				return tables
			}
			programs := full[i].programs
			if round == 0 {
				programs = warm[i].programs
			}
			fmt.Fprintf(s.stderr, "bench: %s, %s\n", roundName(round, rounds), full[i].name)
			s.turn(ctx, &tables[i], programs, round)
		}
	}
	return tables
}

// turn runs each program of a workload once. Round 0 does not count. A program that fails in another is given up.
func (s *session) turn(ctx context.Context, t *table, programs []program, round int) {
	load := machine.StartLoad()
	var short []*row // whose programs were too short to know what others did
	for i := range t.rows {
		r := &t.rows[i]
		if len(r.lacks) > 0 || r.failure != "" {
			continue
		}
		m := s.once(ctx, t.workload.name, round, programs[i])
		switch {
		case ctx.Err() != nil:
			return
		case m.err != nil:
			fmt.Fprintf(s.stderr, "bench: %s, %s: %v\n", t.workload.name, r.program.name, m.err)
			if round > 0 {
				r.failure = m.err.Error()
			}
		case round > 0:
			r.values, r.size = append(r.values, m.reading.seconds), m.reading.size
			if m.othersKnown {
				r.others = append(r.others, m.others)
			} else {
				short = append(short, r)
			}
		}
	}
	if others, ok := load.Others(); ok {
		for _, r := range short {
			r.others = append(r.others, others)
		}
	}
}

func roundName(round, rounds int) string {
	if round == 0 {
		return "warm-up"
	}
	return fmt.Sprintf("round %d of %d", round, rounds)
}

// An output is what came of one start of a program.
type output struct {
	text        []byte // on standard output
	err         error
	others      float64 // cores that others used meanwhile
	othersKnown bool
}

// A measurement is what one start of a program says about one row.
type measurement struct {
	output
	reading reading
	err     error
}

// once starts a program, or takes what it said in this round when another row needed it, and reads its number.
func (s *session) once(ctx context.Context, workload string, round int, p program) measurement {
	command := strings.Join(p.command, " ")
	out, ok := s.outputs[command]
	if !ok {
		load := machine.StartLoad()
		out.text, out.err = s.start(ctx, p.command)
		out.others, out.othersKnown = load.Others()
		s.outputs[command] = out
	}
	m := measurement{output: out}
	// A program whose answer was wrong says so in its JSON, which is better than its exit code.
	if m.reading, m.err = p.read(out.text); out.err != nil && (m.err == nil || len(bytes.TrimSpace(out.text)) == 0) {
		m.err = out.err
	}
	if ctx.Err() == nil {
		s.record(workload, round, p, m)
	}
	return m
}

// record appends a line to the log.
func (s *session) record(workload string, round int, p program, m measurement) {
	line := struct {
		Time     time.Time       `json:"time"`
		Workload string          `json:"workload"`
		Program  string          `json:"program"`
		Round    int             `json:"round"` // 0 is the warm-up
		Command  []string        `json:"command"`
		Seconds  float64         `json:"seconds"`
		Others   *float64        `json:"others,omitempty"`
		Error    string          `json:"error,omitempty"`
		Output   json.RawMessage `json:"output,omitempty"`
	}{time.Now(), workload, p.name, round, p.command, m.reading.seconds, nil, "", nil}
	if m.othersKnown {
		line.Others = &m.others
	}
	if m.err != nil {
		line.Error = m.err.Error()
	}
	if json.Valid(m.text) {
		line.Output = m.text
	}
	s.logErr = errors.Join(s.logErr, json.NewEncoder(s.log).Encode(line))
}
