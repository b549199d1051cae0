package job

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/braid-compute/braid/internal/command/journal"
)

// endSuffix is that of the files in which workers note how tasks ended, until that is in the journal.
const endSuffix = ".end"

// EndName returns the file in which a worker notes how a task ended.
func EndName(folder string, number int) string {
	return filepath.Join(folder, liveFolder, strconv.Itoa(number)+endSuffix)
}

// DiskFull is why a task has failed, as far as is known: the disk of its output, which is not kept here, had no room left. It ended by itself.
const DiskFull = "full"

// WriteEnd notes how a task of the job in a folder ended, and what it printed: a record that says where in the file the outputs are, and
// these.
func WriteEnd(folder string, r *journal.Record, stdout, stderr []byte) error {
	noted := *r
	var line []byte
	for length := 0; ; length = len(line) { // how long the line is depends on what it says of its length
		noted.Stdout = journal.Span{Offset: int64(length), Length: int64(len(stdout))}
		noted.Stderr = journal.Span{Offset: int64(length + len(stdout)), Length: int64(len(stderr))}
		if line = noted.AppendLine(line[:0]); len(line) == length {
			break
		}
	}
	return os.WriteFile(EndName(folder, int(r.Task)), append(append(line, stdout...), stderr...), 0o600)
}

// ReadEnd reads what WriteEnd has noted of a task.
func ReadEnd(folder string, number int) (r *journal.Record, stdout, stderr []byte, err error) {
	data, err := os.ReadFile(EndName(folder, number))
	if err != nil {
		return nil, nil, nil, err
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	r = new(journal.Record)
	kind, err := r.Parse(line)
	rest := data[min(len(line)+1, len(data)):]
	if err != nil || kind != "end" || r.Task != int64(number) || r.Stdout.Length > int64(len(rest)) || r.Stdout.Length+r.Stderr.Length != int64(len(rest)) {
		return nil, nil, nil, fmt.Errorf("%s is damaged", EndName(folder, number))
	}
	return r, rest[:r.Stdout.Length], rest[r.Stdout.Length:], nil
}
