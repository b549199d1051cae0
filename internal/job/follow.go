package job

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/braid-compute/braid/internal/command/journal"
)

// Follower reads what the tasks of a job print, also while they run. One goroutine at a time may use it.
type Follower struct {
	// Emit is given what a task has printed on a stream: 0 is standard output, 1 standard error.
	Emit func(task, stream int, text []byte) error
	// Task is the only task that is meant; 0 means all.
	Task int
	// Failed leaves out what does what it should, and what has not ended.
	Failed bool

	folder string
	spec   *Spec
	offset int64 // how far the journal was read
	live   map[stream]*growing
}

// stream is one of a task.
type stream struct{ task, number int }

// growing is the file to which a task that runs writes a stream.
type growing struct {
	file *os.File
	seen int64
}

// Follow begins to read the outputs of the job in a folder. Close it when done.
func Follow(folder string) (*Follower, error) {
	spec, err := LoadSpec(folder)
	if err != nil {
		return nil, err
	}
	return &Follower{folder: folder, spec: spec, live: make(map[stream]*growing)}, nil
}

// Past emits what is there: of tasks that have ended, each once, and then of those that run.
func (f *Follower) Past() error {
	left := map[int64]int{} // records of each task
	if err := Scan(f.folder, func(r *journal.Record) { left[r.Task]++ }); err != nil {
		return err
	}
	err := f.records(func(r *journal.Record) error {
		if left[r.Task]--; left[r.Task] > 0 { // it was run again
			return nil
		}
		return f.end(r)
	})
	if err != nil {
		return err
	}
	return f.grow()
}

// More emits what has come since. A task that has been tried several times, and was seen while it ran, is emitted anew when it ends.
func (f *Follower) More() error {
	if err := f.grow(); err != nil {
		return err
	}
	return f.records(f.end)
}

// wants reports whether a task is meant.
func (f *Follower) wants(task int) bool { return f.Task == 0 || f.Task == task }

// records calls take for the records that were added to the journal.
func (f *Follower) records(take func(*journal.Record) error) error {
	file, err := os.Open(filepath.Join(f.folder, journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := file.ReadAt(buffer, f.offset)
		if err != nil && err != io.EOF {
			return err
		}
		whole := bytes.LastIndexByte(buffer[:n], '\n') + 1
		if whole == 0 && n == len(buffer) {
			whole = n // no line of ours is so long
		}
		for line := range bytes.Lines(buffer[:whole]) {
			var r journal.Record
			if kind, err := r.Parse(line[:len(line)-1]); err != nil || kind != "end" || !f.wants(int(r.Task)) {
				continue
			}
			if err := take(&r); err != nil {
				return err
			}
		}
		if f.offset += int64(whole); whole == 0 || n < len(buffer) {
			return nil
		}
	}
}

// end emits what a task that has ended printed and was not emitted before.
func (f *Follower) end(r *journal.Record) error {
	defer f.drop(int(r.Task))
	if f.Failed && r.OK() {
		return nil
	}
	stdout, stderr := f.spec.OutputNames(int(r.Task))
	for k, span := range []journal.Span{r.Stdout, r.Stderr} {
		key := stream{int(r.Task), k}
		g := f.live[key]
		var text []byte
		var err error
		switch {
		case g != nil && r.Attempts == 1:
			text, err = g.rest(true)
		case f.spec.Output != "":
			text, err = tail([]string{stdout, stderr}[k])
		default:
			text, err = ReadOutput(f.folder, span)
		}
		if err != nil {
			return err
		}
		if len(text) > 0 {
			if err := f.Emit(key.task, k, text); err != nil {
				return err
			}
		}
	}
	if r.Why == DiskFull { // it may have had no place for its own words
		return f.Emit(int(r.Task), 1, []byte("braid: the disk of its output had no room left\n"))
	}
	return nil
}

// drop closes the files of a task.
func (f *Follower) drop(task int) {
	for k := range 2 {
		key := stream{task, k}
		if g := f.live[key]; g != nil {
			_ = g.file.Close()
			delete(f.live, key)
		}
	}
}

// grow emits what tasks that run have printed since.
func (f *Follower) grow() error {
	if f.Failed || f.spec.Output != "" {
		return nil
	}
	folder := filepath.Join(f.folder, liveFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		key, ok := liveStream(e.Name())
		if !ok || !f.wants(key.task) {
			continue
		}
		g, err := f.open(key, filepath.Join(folder, e.Name()))
		if g == nil || err != nil {
			continue // it has just ended
		}
		text, err := g.rest(false)
		if err != nil {
			return err
		}
		if len(text) > 0 {
			if err := f.Emit(key.task, key.number, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// liveStream reads the name of a file that a task writes.
func liveStream(name string) (key stream, ok bool) {
	number, suffix, _ := strings.Cut(name, ".")
	key.task, ok = idOf(number)
	if suffix == "err" {
		key.number = 1
	}
	return key, ok && (suffix == "out" || suffix == "err")
}

// open opens the file of a stream, or returns the one that is open. Another attempt has another.
func (f *Follower) open(key stream, name string) (*growing, error) {
	g := f.live[key]
	if g != nil {
		opened, err := g.file.Stat()
		if err != nil {
			return nil, err
		}
		if named, err := os.Stat(name); err == nil && os.SameFile(opened, named) {
			return g, nil
		}
		_ = g.file.Close()
		delete(f.live, key)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	g = &growing{file: file}
	f.live[key] = g
	return g, nil
}

// mostAtOnce is how many bytes of a stream are read at once. Of more the beginning is left out.
const mostAtOnce = 256 << 10

// rest returns what was added: whole lines, or all of it.
func (g *growing) rest(all bool) ([]byte, error) {
	info, err := g.file.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if g.seen = min(g.seen, size); g.seen == size { // the program may have cut its own output
		return nil, nil
	}
	var text []byte
	if size-g.seen > mostAtOnce {
		text = fmt.Appendf(text, "[braid: %d bytes are not shown]\n", size-mostAtOnce-g.seen)
		g.seen = size - mostAtOnce
	}
	data := make([]byte, size-g.seen)
	n, err := g.file.ReadAt(data, g.seen)
	if err != nil && err != io.EOF {
		return nil, err
	}
	data = data[:n]
	if !all && n < mostAtOnce {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	g.seen += int64(len(data))
	return append(text, data...), nil
}

// tail returns the end of a file of the user's.
func tail(name string) ([]byte, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return (&growing{file: file}).rest(true)
}

// Close closes the files.
func (f *Follower) Close() {
	for key, g := range f.live {
		_ = g.file.Close()
		delete(f.live, key)
	}
}
