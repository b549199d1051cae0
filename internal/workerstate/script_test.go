package workerstate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

var update = flag.Bool("update", false, "rewrite the stories in testdata; read the difference before you commit it")

// TestScripts runs every script of testdata. A line that begins with ">" is an event as its String writes it, or "stats";
// the effects stand below it. Comments begin with "#".
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(data))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(data) {
				t.Errorf("%s tells another story (run with -update and read the difference):\n%s", file, got)
			}
		})
	}
}

// play returns the script with the effects that its events have now.
func play(t *testing.T, script string) string {
	var b strings.Builder
	s := workerstate.New(1)
	for n, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			if line == "" || strings.HasPrefix(line, "#") {
				fmt.Fprintln(&b, line)
			}
			continue
		}
		fmt.Fprintln(&b, line)
		if command == "stats" {
			st := s.Stats()
			fmt.Fprintf(&b, "%d open, %d held (%d bytes), %d copies, %d early\n", st.Open, st.Held, st.Bytes, st.Copies, st.Early)
			continue
		}
		ev, err := parse(command)
		if err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		if ev.String() != command {
			t.Fatalf("line %d: %q reads as %q", n+1, command, ev)
		}
		for _, e := range s.Step(ev, nil) {
			fmt.Fprintln(&b, e)
		}
		if err := s.Check(); err != nil {
			fmt.Fprintf(&b, "check: %v\n", err)
		}
	}
	return b.String()
}

// parse reads an event in the form of its String.
func parse(text string) (workerstate.Event, error) {
	switch text {
	case "scheduler lost":
		return workerstate.SchedulerLost{}, nil
	case "rejoin":
		return workerstate.Rejoin{}, nil
	case "tick":
		return workerstate.Tick{}, nil
	}
	if rest, ok := strings.CutPrefix(text, "scheduler: "); ok {
		w, err := parseWord(rest)
		return workerstate.FromScheduler{Word: w}, err
	}
	if rest, ok := strings.CutPrefix(text, "finished"); ok {
		rest, lost, _ := strings.Cut(rest, " failed")
		f, err := parseFinished(rest)
		if err != nil {
			return nil, err
		}
		g, err := parseBlocks(lost)
		return workerstate.TasksEnded{Finished: f, Failed: failures(g)}, err
	}
	if rest, ok := strings.CutPrefix(text, "blocks lost"); ok {
		bs, err := parseBlocks(rest)
		return workerstate.BlocksLost{Blocks: bs}, err
	}
	if rest, ok := strings.CutPrefix(text, "failed"); ok {
		g, err := parseBlocks(rest)
		return workerstate.TasksEnded{Failed: failures(g)}, err
	}
	if rest, ok := strings.CutPrefix(text, "taken back: returned"); ok {
		rest, lost, _ := strings.Cut(rest, " started")
		f, err := parseBlocks(rest)
		if err != nil {
			return nil, err
		}
		g, err := parseBlocks(lost)
		return workerstate.TakenBack{Returned: f, Started: g}, err
	}
	var n uint32
	if _, err := fmt.Sscanf(text, "welcomed as agent %d", &n); err == nil {
		return workerstate.Welcomed{Self: word.Agent(n)}, nil
	}
	var p workerstate.Peer
	if _, err := fmt.Sscanf(text, "agent %d", &p.Agent); err != nil {
		if _, err := fmt.Sscanf(text, "client %d", &p.Client); err != nil {
			return nil, fmt.Errorf("no event: %q", text)
		}
	}
	rest := strings.TrimPrefix(text, p.String())
	switch rest {
	case " lost":
		return workerstate.PeerLost{Peer: p}, nil
	case " unreachable":
		return workerstate.PeerLost{Peer: p, Unreachable: true}, nil
	}
	w, err := parseWord(strings.TrimPrefix(rest, ": "))
	return workerstate.FromPeer{Peer: p, Word: w}, err
}

func parseWord(text string) (any, error) {
	verb, rest, _ := strings.Cut(text, " ")
	if verb == "assign" {
		return parseAssign(rest)
	}
	if verb == "resolve" {
		var r word.Resolve
		_, err := fmt.Sscanf(rest, "%d/%d@%d.%d<%d/%d@%d.%d:%d", &r.Task.Run, &r.Task.Index, &r.Attempt.Term, &r.Attempt.Count,
			&r.Input.Block.Task.Run, &r.Input.Block.Task.Index, &r.Input.Block.Attempt.Term, &r.Input.Block.Attempt.Count, &r.Input.Holder)
		return &r, err
	}
	if strings.HasPrefix(text, "not here ") {
		verb, rest = "not here", strings.TrimPrefix(text, "not here ")
	}
	bs, err := parseBlocks(rest)
	if err != nil {
		return nil, err
	}
	switch verb {
	case "revoke":
		return &word.Revoke{Tasks: bs}, nil
	case "cancel":
		return &word.Cancel{Tasks: bs}, nil
	case "free":
		return &word.Free{Blocks: bs}, nil
	case "subscribe":
		return &word.Subscribe{Blocks: bs}, nil
	case "unsubscribe":
		return &word.Unsubscribe{Blocks: bs}, nil
	case "not here":
		return &word.NotHere{Blocks: bs}, nil
	case "delivery":
		return &word.Delivery{Block: bs[0]}, nil
	}
	return nil, fmt.Errorf("no word: %q", text)
}

func parseAssign(text string) (*word.Assign, error) {
	w := &word.Assign{}
	for _, field := range strings.Fields(text) {
		task, inputs, _ := strings.Cut(field, "<")
		b, err := parseBlock(task)
		if err != nil {
			return nil, err
		}
		w.Tasks = append(w.Tasks, b)
		for _, in := range strings.FieldsFunc(inputs, func(r rune) bool { return r == ',' }) {
			name, holder, _ := strings.Cut(in, ":")
			b, err := parseBlock(name)
			if err != nil {
				return nil, err
			}
			i := word.Input{Block: b}
			if _, err := fmt.Sscan(holder, &i.Holder); err != nil {
				return nil, fmt.Errorf("holder of %q: %w", in, err)
			}
			w.Inputs = append(w.Inputs, i)
		}
		w.Ends = append(w.Ends, uint32(len(w.Inputs)))
	}
	return w, nil
}

func parseFinished(text string) (fs []word.Finished, err error) {
	for text = strings.TrimSpace(text); text != "" && err == nil; text = strings.TrimSpace(text) {
		var f word.Finished
		end := strings.IndexAny(text, " (")
		if end < 0 {
			end = len(text)
		}
		if f.Block, err = parseBlock(text[:end]); err != nil {
			return nil, err
		}
		text = text[end:]
		if rest, ok := strings.CutPrefix(text, "(used"); ok {
			used, after, _ := strings.Cut(rest, ")")
			f.Used, err = parseBlocks(used)
			text = after
		}
		f.Bytes = 8
		fs = append(fs, f)
	}
	return fs, err
}

func parseBlocks(text string) (bs []word.Block, err error) {
	for _, field := range strings.Fields(text) {
		b, err := parseBlock(field)
		if err != nil {
			return nil, err
		}
		bs = append(bs, b)
	}
	return bs, nil
}

func parseBlock(text string) (b word.Block, err error) {
	if _, err = fmt.Sscanf(text, "%d/%d@%d.%d", &b.Task.Run, &b.Task.Index, &b.Attempt.Term, &b.Attempt.Count); err != nil || b.String() != text {
		err = fmt.Errorf("no block: %q (%v)", text, err)
	}
	return b, err
}

func failures(bs []word.Block) (fs []word.Failed) {
	for _, b := range bs {
		fs = append(fs, word.Failed{Block: b})
	}
	return fs
}
