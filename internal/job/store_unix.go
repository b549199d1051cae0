//go:build unix

package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/lock"
)

// ErrInUse is the error of a store in which another process writes.
var ErrInUse = errors.New("another process keeps jobs there: a cluster of the same name that was started with another TMPDIR; end that, or give this one another name")

// Store is a folder of jobs in which this process writes. One goroutine at a time may use it.
type Store struct {
	folder string
	lock   *os.File
	last   int // the greatest number that a job has or had
	files  map[int]*files
}

// files are those of a job that is open for writing.
type files struct {
	job     *Job
	journal *os.File
	outputs *archive.Outputs
}

// Names in a store beside the jobs' folders.
const (
	lastFile = "last"
	newName  = "new"
)

// OpenStore opens a store for writing, and makes it if there is none.
func OpenStore(folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the jobs of the cluster: %w", err)
	}
	owned, err := os.OpenFile(filepath.Join(folder, lock.File), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the jobs of the cluster: %w", err)
	}
	s := &Store{folder: folder, lock: owned, files: make(map[int]*files)}
	if err = lock.Take(owned); errors.Is(err, lock.ErrHeld) {
		err = ErrInUse
	}
	if err == nil {
		err = s.clear()
	}
	if err != nil {
		owned.Close()
		return nil, fmt.Errorf("the jobs of the cluster, in %s: %w", folder, err)
	}
	return s, nil
}

// clear removes what a killed process has left, and finds out which number is next.
func (s *Store) clear() error {
	if err := os.RemoveAll(filepath.Join(s.folder, newName)); err != nil {
		return err
	}
	list, err := ids(s.folder)
	if err != nil {
		return err
	}
	for _, id := range list {
		s.last = id
	}
	text, _ := os.ReadFile(filepath.Join(s.folder, lastFile))
	if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		s.last = max(s.last, n)
	}
	return nil
}

// Folder returns where the store is.
func (s *Store) Folder() string { return s.folder }

// Add keeps jobs, which get numbers, all or none of them. Their references to each other in After and Each are numbers below 0: -1 is
// the first of them.
func (s *Store) Add(specs []*Spec) (jobs []*Job, err error) {
	first := s.last + 1
	defer func() {
		if err != nil {
			for k := range jobs {
				_ = os.RemoveAll(Path(s.folder, first+k))
			}
		}
	}()
	text := strconv.Itoa(s.last+len(specs)) + "\n"
	if err := os.WriteFile(filepath.Join(s.folder, lastFile), []byte(text), 0o600); err != nil {
		return nil, err
	}
	for k, spec := range specs {
		spec.ID = first + k
		for _, before := range [][]int{spec.After, spec.Each} {
			for i, a := range before {
				if a < 0 {
					before[i] = first - a - 1
				}
				if before[i] >= spec.ID {
					return jobs, fmt.Errorf("job %d cannot come after job %d, which is no earlier one", spec.ID, before[i])
				}
			}
		}
		j, err := New(spec)
		if err == nil {
			err = s.write(spec)
		}
		if err != nil {
			return jobs, err
		}
		jobs = append(jobs, j)
	}
	s.last = first + len(specs) - 1
	return jobs, nil
}

// write makes the folder of a job, under another name until it is whole.
func (s *Store) write(spec *Spec) error {
	data, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.folder, newName)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	if err = os.WriteFile(filepath.Join(folder, specFile), append(data, '\n'), 0o600); err == nil {
		err = os.Rename(folder, Path(s.folder, spec.ID))
	}
	if err != nil {
		_ = os.RemoveAll(folder)
	}
	return err
}

// open opens the files of a job. What a killed process has left of a line is cut off.
func (s *Store) open(j *Job) (f *files, err error) {
	if f = s.files[j.ID]; f != nil {
		return f, nil
	}
	folder := Path(s.folder, j.ID)
	if err := makeLive(folder, j.Keep); err != nil {
		return nil, err
	}
	f = &files{job: j}
	if f.journal, err = os.OpenFile(filepath.Join(folder, journalFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if err = f.journal.Truncate(j.size); err == nil && j.size == 0 {
		_, err = f.journal.WriteString(Header)
		j.size = int64(len(Header))
	}
	if err == nil {
		f.outputs, err = archive.OpenOutputs(filepath.Join(folder, outputFile))
	}
	if err != nil {
		f.journal.Close()
		return nil, err
	}
	s.files[j.ID] = f
	return f, nil
}

// Prepare makes a job ready for its tasks to run.
func (s *Store) Prepare(j *Job) error {
	_, err := s.open(j)
	return err
}

// End writes down how a task of a job ended and what it printed, and only then enters that into the job.
func (s *Store) End(j *Job, r *journal.Record, stdout, stderr []byte) error {
	f, err := s.open(j)
	if err != nil {
		return err
	}
	if f.outputs.Size() > MostOutput {
		stdout, stderr = shorten(r, stdout), shorten(r, stderr)
	}
	out, err := f.outputs.Append(r.Task, stdout, stderr)
	if err != nil {
		return fmt.Errorf("keep the output of task %d of job %d: %w", r.Task, j.ID, err)
	}
	r.Stdout, r.Stderr = out.Stdout, out.Stderr
	if err := s.append(f, j, r.AppendLine(make([]byte, 0, 256))); err != nil {
		return err
	}
	folder := Path(s.folder, j.ID)
	stdoutFile, stderrFile := LiveNames(folder, int(r.Task))
	for _, name := range []string{stdoutFile, stderrFile, EndName(folder, int(r.Task))} {
		_ = os.Remove(name) // not before the record is there, for those who follow it
	}
	j.End(r)
	return nil
}

// Recover takes in the ends of tasks that workers have noted and nobody has written down, because who was to do so was killed. It returns
// how many these are.
func (s *Store) Recover(j *Job) (n int, err error) {
	folder := Path(s.folder, j.ID)
	entries, err := os.ReadDir(filepath.Join(folder, liveFolder))
	if errors.Is(err, os.ErrNotExist) {
		return 0, removeLive(folder) // perhaps it was in memory, and the machine was started again
	}
	for _, e := range entries {
		task, ok := strings.CutSuffix(e.Name(), endSuffix)
		number, isTask := idOf(task)
		if !ok || !isTask || number > len(j.tasks) || j.Status(number) != Pending && j.Status(number) != Running {
			continue
		}
		r, stdout, stderr, err := ReadEnd(folder, number)
		if err != nil {
			continue // half of it was written
		}
		if err := s.End(j, r, stdout, stderr); err != nil {
			return n, err
		}
		n++
	}
	return n, errors.Join(err, s.Rest(j), removeLive(folder))
}

// shorten leaves the beginning and the end of an output.
func shorten(r *journal.Record, data []byte) []byte {
	if len(data) <= shortOutput {
		return data
	}
	cut := len(data) - shortOutput
	r.Cut += int64(cut)
	short := append(make([]byte, 0, shortOutput+80), data[:shortOutput/2]...)
	short = fmt.Appendf(short, "\n[braid: %d bytes left out here, as the job has printed more than %d GiB]\n", cut, MostOutput>>30)
	return append(short, data[len(data)-shortOutput/2:]...)
}

// append writes a line of the journal, in one call.
func (s *Store) append(f *files, j *Job, line []byte) error {
	n, err := f.journal.Write(line)
	if err != nil {
		_ = f.journal.Truncate(j.size) // and no half of a line that another would follow
		return fmt.Errorf("write the journal of job %d: %w", j.ID, err)
	}
	j.size += int64(n)
	return nil
}

// Cancel takes away the tasks of a job that have no outcome, and Retry makes those pending that have failed or were cancelled.
func (s *Store) Cancel(j *Job) (n int, err error) { return s.note(j, kindCancel, j.Cancel) }

// Retry makes the tasks of a job pending that have failed or were cancelled.
func (s *Store) Retry(j *Job) (n int, err error) { return s.note(j, kindRetry, j.Retry) }

func (s *Store) note(j *Job, kind string, do func() int) (int, error) {
	f, err := s.open(j)
	if err != nil {
		return 0, err
	}
	if err := s.append(f, j, journal.AppendNote(nil, kind, time.Now().UnixMilli())); err != nil {
		return 0, err
	}
	return do(), nil
}

// Rest closes the files of a job that has nothing to be written down for now.
func (s *Store) Rest(j *Job) error {
	f := s.files[j.ID]
	if f == nil {
		return nil
	}
	delete(s.files, j.ID)
	return errors.Join(f.close(), removeLive(Path(s.folder, j.ID)))
}

// close makes the files safe and closes them. A record must not be there before what it points to.
func (f *files) close() error {
	err := f.outputs.Sync()
	if e := f.journal.Sync(); err == nil && !errors.Is(e, unix.EINVAL) {
		err = e
	}
	return errors.Join(err, f.outputs.Close(), f.journal.Close())
}

// Remove removes a job.
func (s *Store) Remove(j *Job) error {
	err := s.Rest(j)
	folder := filepath.Join(s.folder, newName) // half of it is no job
	return errors.Join(err, os.RemoveAll(folder), os.Rename(Path(s.folder, j.ID), folder), os.RemoveAll(folder))
}

// Size returns how many bytes a job takes.
func (s *Store) Size(j *Job) (n int64) {
	for _, name := range []string{specFile, journalFile, outputFile} {
		if info, err := os.Stat(filepath.Join(Path(s.folder, j.ID), name)); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Close takes in what workers have noted, closes all files and lets others write.
func (s *Store) Close() error {
	var errs []error
	for _, f := range s.files {
		_, err := s.Recover(f.job)
		errs = append(errs, err, s.Rest(f.job))
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
