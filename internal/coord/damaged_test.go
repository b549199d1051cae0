package coord

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

const journalFiles = "nats/jetstream/$G/streams/braid_default_journal"

// namedName is the name that the k-th result of a damaged journal has.
func namedName(k int) string { return fmt.Sprintf("result-%c", 'a'+k) }

const namedResults = 8

// writtenJournal writes a journal with names, a program and a snapshot behind the first half of the names, and returns copies of its folder: as it is after a
// kill, and after an end in order.
func writtenJournal(t *testing.T) (killed, closed string) {
	t.Helper()
	dir := filepath.Join(private(t), "c")
	c := open(t, Options{Dir: dir})
	_, j := lead(t, c)
	k := Keep(within(t), j)
	for _, err := range k.Replay() {
		if err != nil {
			t.Fatal(err)
		}
	}
	keep := func(records ...any) {
		t.Helper()
		if err := k.Append(records); err != nil {
			t.Fatal(err)
		}
	}
	keep(record.Attached{Client: 3, Token: word.Token{1}, Program: "mean", Pid: 42})
	keep(sched.Submitted{Client: 3, Run: 100, Graph: submission(t, 1, 3, 50)})
	for n := range namedResults {
		keep(sched.Submitted{Run: word.Run(n + 1), Graph: submission(t, uint64(n+1), 1, 3000), All: true},
			record.Named{Run: word.Run(n + 1), Client: 3, Name: namedName(n), Type: "int", Program: "mean"})
		if n+1 == namedResults/2 {
			if err := k.snapshot(); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep(record.Heard{Client: 3, Count: 9})
	copyOf := func() string {
		to := filepath.Join(private(t), "c")
		if err := copyFolder(to, dir); err != nil {
			t.Fatal(err)
		}
		return to
	}
	killed = copyOf()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return killed, copyOf()
}

// recalled is what a leader finds.
type recalled struct {
	names    []string
	clients  int
	numbers  record.Numbers
	term     uint32
	identity string
	warned   string
}

// succeed opens a folder and replays its journal, appends something, and ends.
func succeed(t *testing.T, dir string) (got recalled) {
	t.Helper()
	var warned strings.Builder
	c, err := Open(within(t), Options{Dir: dir, Log: t.Logf, Warn: func(format string, args ...any) { fmt.Fprintf(&warned, format+"\n", args...) }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l, j := lead(t, c)
	k := Keep(within(t), j)
	for what, err := range k.Replay() {
		if err != nil {
			t.Fatal(err)
		}
		switch x := what.(type) {
		case record.Named:
			got.names = append(got.names, x.Name)
		case record.Attached:
			got.clients++
		case record.Numbers:
			got.numbers = x
		}
	}
	if err := k.Append([]any{sched.ClientGone{Client: 77}}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got.names)
	got.term, got.identity, got.warned = l.Term(), c.Identity(), warned.String()
	return got
}

// flipped returns what changes a byte in the middle of the first text in a file, in the last place where it stands if there are several.
func flipped(t *testing.T, path string, text []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, text)
	if at < 0 {
		t.Fatalf("%s does not have %q", path, text)
	}
	b[at+len(text)/2] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func allNames() (names []string) {
	for k := range namedResults {
		names = append(names, namedName(k))
	}
	return names
}

func without(names []string, lost ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(lost, n) })
}

// TestADamagedJournalIsReadAround flips bytes of the server's files, cuts them off and removes them: what is lost is said, all else is kept.
func TestADamagedJournalIsReadAround(t *testing.T) {
	killed, closed := writtenJournal(t)
	first := succeed(t, copied(t, killed))
	if !slices.Equal(first.names, allNames()) || first.clients != 1 || first.warned != "" {
		t.Fatalf("without damage: %+v", first)
	}
	block := filepath.Join(journalFiles, "msgs", "1.blk")
	for name, c := range map[string]struct {
		damage   func(t *testing.T, dir string)
		lost     []string // nil: nothing
		programs string   // that are named
	}{
		"in the snapshot":   {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, block), []byte(namedName(1))) }, allNames()[:4], ""},
		"first of the tail": {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, block), []byte(namedName(4))) }, allNames()[4:5], ": mean (pid 42)"},
		"in the tail":       {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, block), []byte(namedName(6))) }, allNames()[6:7], ": mean (pid 42)"},
		"last with a name":  {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, block), []byte(namedName(7))) }, allNames()[7:], ": mean (pid 42)"},
		"mark":              {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, block), []byte("journal.mark")) }, nil, ""},
		"half": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, block)
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.Truncate(path, int64(bytes.LastIndex(b, []byte(namedName(6)))))
			}
			if err != nil {
				t.Fatal(err)
			}
		}, allNames()[6:], ": mean (pid 42)"},
		"no block":    {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, block)) }, allNames(), ""},
		"no stream":   {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, journalFiles)) }, allNames(), ""},
		"no files":    {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "nats")) }, allNames(), ""},
		"no metadata": {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, journalFiles, "meta.inf")) }, nil, ""},
		"lease": {func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, strings.Replace(journalFiles, "braid_default_journal", "KV_braid_default_lease", 1)))
		}, nil, ""},
		"note": {func(t *testing.T, dir string) { flipped(t, filepath.Join(dir, lastFile), []byte{0xBD, 0x6E}) }, nil, ""},
	} {
		for state, how := range map[string]string{"killed": killed, "closed": closed} {
			if state == "closed" && len(c.lost) == namedResults {
				continue // nothing is left that would be different
			}
			t.Run(name+"/"+state, func(t *testing.T) {
				t.Parallel()
				dir := copied(t, how)
				c.damage(t, dir)
				got := succeed(t, dir)
				t.Logf("warned:\n%s", got.warned)
				if want := without(allNames(), c.lost...); !slices.Equal(got.names, want) {
					t.Errorf("names %q, want %q", got.names, want)
				}
				for _, lost := range c.lost {
					if !strings.Contains(got.warned, lost) {
						t.Errorf("nothing is said of %s", lost)
					}
				}
				if got.term < first.term {
					t.Errorf("term %d, and there were %d", got.term, first.term-1)
				}
				if got.identity != first.identity && name != "note" {
					t.Errorf("it is another cluster")
				}
				if len(c.lost) > 0 && (got.clients > 0 || got.numbers.Run < numbersSaid || !strings.Contains(got.warned, "start them again"+c.programs)) {
					t.Errorf("%d clients, %+v", got.clients, got.numbers)
				}
				if len(c.lost) == 0 && got.clients != 1 {
					t.Errorf("%d clients, and nothing is lost", got.clients)
				}
				again := succeed(t, dir)
				if !slices.Equal(again.names, got.names) || again.warned != "" || again.term <= got.term {
					t.Errorf("the next time: %+v", again)
				}
			})
		}
	}
}

// numbersSaid is above all numbers that are given in these tests.
const numbersSaid = 100_000

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(private(t), "c")
	if err := copyFolder(to, dir); err != nil {
		t.Fatal(err)
	}
	return to
}

func remove(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// TestAServersFilesArePutBack kills whoever looks whether something is missing, in the middle.
func TestAServersFilesArePutBack(t *testing.T) {
	killed, _ := writtenJournal(t)
	if err := copyFolder(filepath.Join(killed, spareFolder), filepath.Join(killed, serverFolder)); err != nil {
		t.Fatal(err)
	}
	remove(t, filepath.Join(killed, journalFiles)) // what a server has cut off
	if got := succeed(t, killed); !slices.Equal(got.names, allNames()) || got.warned != "" {
		t.Errorf("%+v", got)
	}
	var left []string
	entries, err := os.ReadDir(killed)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{lastFile, "lock", namesFile, serverFolder}; err != nil || !slices.Equal(left, want) {
		t.Errorf("%q are left, %v", left, err)
	}
}

// TestARescuedJournalIsKept kills whoever has read around the damage, before anything was made of it.
func TestARescuedJournalIsKept(t *testing.T) {
	killed, _ := writtenJournal(t)
	flipped(t, filepath.Join(killed, journalFiles, "msgs", "1.blk"), []byte(namedName(5)))
	c := open(t, Options{Dir: killed})
	_, j := lead(t, c)
	if err := j.Append(within(t), []byte("x")); err == nil || !strings.Contains(err.Error(), "snapshot") {
		t.Errorf("something is appended before the rest is kept: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := succeed(t, killed); !slices.Equal(got.names, without(allNames(), namedName(5))) {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(killed, damagedFolder, strings.TrimPrefix(journalFiles, "nats/"), "msgs", "1.blk")); err != nil {
		t.Error(err)
	}
}

// TestAServerElsewhereThatLostSomethingIsRefused removes a journal behind a cluster's back.
func TestAServerElsewhereThatLostSomethingIsRefused(t *testing.T) {
	url, notes := external(t, nil), t.TempDir()
	c := open(t, Options{URL: url, Notes: notes})
	l, j := lead(t, c)
	add(t, j, "a", "b")
	add(t, j, "c")
	l.Release()
	open(t, Options{URL: url, Notes: notes, Identity: c.Identity()})
	if err := c.journal.Purge(within(t)); err != nil {
		t.Fatal(err)
	}
	config := c.journal.CachedInfo().Config
	if err := c.js.DeleteStream(within(t), config.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := c.js.CreateStream(within(t), config); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{URL: url, Notes: notes, Identity: c.Identity()}, ErrDamaged, "ends at message 0, and message 3 was kept", "braid down")
}

func FuzzMessagesAreFound(f *testing.F) {
	for _, e := range examples() {
		f.Add(e.data, uint8(3))
	}
	whole := examples()[1].data
	f.Fuzz(func(t *testing.T, noise []byte, cut uint8) {
		data := slices.Concat(noise, whole, noise[:min(len(noise), int(cut))], whole)
		count := 0
		for _, m := range findMessages(nil, data) {
			if m.number == 2 && m.kind == kindRecords && bytes.Equal(m.payload, whole[headBytes:]) {
				count++
			}
		}
		if count < 2 {
			t.Errorf("%d of 2 messages are found", count)
		}
	})
}

func FuzzNotes(f *testing.F) {
	f.Add(note{7, 2, "identity"}.form(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := readNote(data)
		if err == nil && !bytes.HasPrefix(data, n.form(nil)) {
			t.Errorf("%+v is read from %x", n, data)
		}
	})
}
