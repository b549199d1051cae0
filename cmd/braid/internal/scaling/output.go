package scaling

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/scaling"
)

// scalingResults has the numbers of each count, and then those of all together.
func scalingResults(v scaling.Verdict, runs int) []console.Result {
	var results []console.Result
	for _, j := range v.Rows {
		results = append(results, rowResults(j, runs)...)
	}
	if v.Base == 0 {
		return results
	}
	fastest := console.Single("scaling.fastest", v.Fastest, "cores")
	if v.Unchanged {
		fastest.Note = "the run time did not change with the count"
	}
	return append(results, fastest,
		console.Single("scaling.enough", v.Enough, "cores"),
		console.Single("scaling.base", v.Base, "cores"),
		console.Single("scaling.unchanged", console.Truth(v.Unchanged), ""),
		console.Single("scaling.serial_fraction", v.Serial, ""))
}

// rowResults are the results of one count.
func rowResults(j scaling.Judged, runs int) []console.Result {
	prefix := fmt.Sprintf("scaling.%d.", j.Cores)
	times := console.None(prefix+"seconds", "s", "")
	for _, s := range j.Samples {
		times.Runs = append(times.Runs, s.Seconds)
	}
	switch {
	case j.Failure != nil:
		times.OK, times.Note = new(bool), j.Failure.Error()
	case j.Disturbed:
		times.Note = "disturbed"
	}
	if len(j.Samples) < runs && j.Failure == nil {
		times.Note = "interrupted"
	}
	if !j.OK() {
		return []console.Result{times}
	}
	times.Value = j.Median
	return []console.Result{times,
		console.Single(prefix+"speedup", j.SpeedUp, ""),
		console.Single(prefix+"efficiency", j.Efficiency, ""),
		console.Single(prefix+"serial_fraction", j.Serial, ""),
		console.Single(prefix+"others", j.Others, "cores"),
		console.Single(prefix+"disturbed", console.Truth(j.Disturbed), ""),
	}
}

// picture is a file to be drawn into, which appears when it is complete.
type picture struct {
	name string
	file *os.File // nil once it is saved or if there is none
}

// newPicture checks that the file can be written, before anything takes time.
func newPicture(name string) (*picture, error) {
	if name == "" {
		return &picture{}, nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, console.Usage(fmt.Sprintf("--plot=%s is a folder", name), "name a file")
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".braid-plot-*")
	if err != nil {
		var where *fs.PathError
		if errors.As(err, &where) {
			err = where.Err
		}
		return nil, console.Usage(fmt.Sprintf("--plot=%s cannot be written: %v", name, err), "name a file in a folder that exists and is yours")
	}
	return &picture{name, file}, nil
}

// save draws the picture.
func (p *picture) save(v scaling.Verdict, title string) error {
	if p.file == nil {
		return nil
	}
	err := errors.Join(scaling.WritePNG(p.file, v, title), p.file.Chmod(0o644), p.file.Close())
	if err == nil {
		err = os.Rename(p.file.Name(), p.name)
	}
	if err != nil {
		return fmt.Errorf("braid scaling: the plot was not written: %w", err)
	}
	p.file = nil
	return nil
}

// discard removes what was not saved.
func (p *picture) discard() {
	if p.file != nil {
		p.file.Close()
		os.Remove(p.file.Name())
	}
}
