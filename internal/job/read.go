package job

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/braid-compute/braid/internal/command/journal"
)

// mostSpec bounds the bytes of a job's description.
const mostSpec = 1 << 30

// LoadSpec reads what the job in a folder runs.
func LoadSpec(folder string) (*Spec, error) {
	f, err := os.Open(filepath.Join(folder, specFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostSpec))
	if err != nil {
		return nil, err
	}
	s, err := ParseSpec(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return s, nil
}

// Load reads the job in a folder, and what came of its tasks.
func Load(folder string) (*Job, error) {
	s, err := LoadSpec(folder)
	if err != nil {
		return nil, err
	}
	j, err := New(s)
	if err != nil {
		return nil, err
	}
	damaged := 0
	j.size, damaged, err = scan(folder, j.take)
	j.Damaged += damaged
	if err != nil {
		return nil, err
	}
	return j, nil
}

// scan reads the journal of the job in a folder.
func scan(folder string, take func(line []byte)) (size int64, damaged int, err error) {
	f, err := os.Open(filepath.Join(folder, journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	size, damaged, err = journal.Scan(f, Header, take)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return size, damaged, nil
}

// Scan calls take for each task of the job in a folder each time it has ended, in that order. The record is take's for the call only.
func Scan(folder string, take func(*journal.Record)) error {
	_, _, err := scan(folder, func(line []byte) {
		var r journal.Record
		if kind, err := r.Parse(line); err == nil && kind == "end" {
			take(&r)
		}
	})
	return err
}

// List reads all jobs of a store. Those that cannot be read are left out, and the error says which.
func List(store string) ([]*Job, error) {
	list, err := ids(store)
	if err != nil {
		return nil, fmt.Errorf("the jobs of the cluster: %w", err)
	}
	var jobs []*Job
	var errs []error
	for _, id := range list {
		j, err := Load(Path(store, id))
		switch {
		case errors.Is(err, fs.ErrNotExist): // it is just being made, or removed
		case err != nil:
			errs = append(errs, fmt.Errorf("job %d cannot be read: %w", id, err))
		case j.ID != id:
			errs = append(errs, fmt.Errorf("job %d cannot be read: it says that it is job %d", id, j.ID))
		default:
			jobs = append(jobs, j)
		}
	}
	return jobs, errors.Join(errs...)
}

// ReadOutput returns an output of the job in a folder.
func ReadOutput(folder string, s journal.Span) ([]byte, error) {
	if s.Length == 0 {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(folder, outputFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := s.Read(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return b, nil
}
