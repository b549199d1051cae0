package array

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray/npy"
)

// FromNpy returns the array in a .npy file. Now only its header is read; each task reads the part that it needs, so a slice of a large
// file costs what the slice takes. Workers must find the file under the same path. If it is changed before it is read, that is an error.
func FromNpy(path string, opts ...Option) *Array {
	s := site{"FromNpy", caller()}
	return s.file(path, options(opts), func(file *os.File) (int64, error) { return 0, nil })
}

// FromNpz returns one array of a .npz file, as [FromNpy] does. One that is compressed is read into memory now.
func FromNpz(path, name string, opts ...Option) *Array {
	s, m := site{"FromNpz", caller()}, options(opts)
	compressed := (*Array)(nil)
	a := s.file(path, m, func(file *os.File) (int64, error) {
		info, err := file.Stat()
		if err != nil {
			return 0, err
		}
		archive, err := npy.OpenArchive(file, info.Size())
		if err != nil {
			return 0, err
		}
		at, err := archive.Offset(name)
		if err != nil || at >= 0 {
			return at, err
		}
		u, err := archive.Read(name)
		if err == nil {
			compressed = fromNdarray(s, u, m)
		}
		return at, err
	})
	if compressed != nil {
		return compressed
	}
	return a
}

// file returns the array whose .npy bytes begin where find says, unless that is negative.
func (s site) file(path string, m making, find func(*os.File) (int64, error)) *Array {
	path, err := filepath.Abs(path)
	if err != nil {
		return s.fail("%w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return s.fail("%w", err)
	}
	f, err := describe(file, find)
	if err = errors.Join(err, file.Close()); err != nil {
		return s.fail("%s: %w", path, err)
	}
	if f == nil {
		return nil
	}
	f.Path = path
	g, err := m.grid(f.Shape, f.DType.Size())
	if err != nil {
		return s.fail("%w", err)
	}
	a := &Array{node: arrays.Filed(s.name, s.pc, f, g)}
	if m.dtype != 0 {
		return s.cast(a, m.dtype)
	}
	return a
}

func describe(file *os.File, find func(*os.File) (int64, error)) (*arrays.File, error) {
	at, err := find(file)
	if err != nil || at < 0 {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return nil, err
	}
	h, err := npy.ReadHeader(file)
	if err != nil {
		return nil, err
	}
	at, err = file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	if have := info.Size() - at; have < h.Bytes() {
		return nil, fmt.Errorf("the header announces %d bytes of elements, and %d are there", h.Bytes(), have)
	}
	return &arrays.File{
		Offset: at, DType: h.DType, Shape: h.Shape, Fortran: h.Fortran, BigEndian: h.BigEndian, Bytes: info.Size(), Modified: info.ModTime().UnixNano(),
	}, nil
}

// Store computes the array and writes it into a .npy file, each task its chunk, so that it may be larger than memory. Workers must
// find the folder under the same path. [NewTarget] and [Array.Regions] are for writing elsewhere. The file has another name, path.part, until it is complete.
func (a *Array) Store(ctx context.Context, c *braid.Client, path string) error {
	s := site{"Store", caller()}
	if err := s.check(a); err != nil {
		return err
	}
	path, err := target(path)
	if err != nil {
		return s.wrong(err)
	}
	part := path + ".part"
	if err := s.store(ctx, c, a, part); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(part)))
	}
	if err := os.Rename(part, path); err != nil {
		return s.wrong(fmt.Errorf("%w; the complete array is in %s", err, part))
	}
	return nil
}

// target returns the path of the file to write, which a file gets whose name is another until it is complete: what is no file, such
// as a folder or a device, is not replaced.
func target(path string) (string, error) {
	if path == "" {
		return "", errors.New("the path is empty: name a file to write")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return path, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is there and no file: name one to write, which may be there", path)
	}
	return path, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (s site) store(ctx context.Context, c *braid.Client, a *Array, path string) error {
	header := npy.Header{DType: a.DType(), Shape: a.Shape()}.Append(nil)
	f := &arrays.File{Path: path, Offset: int64(len(header)), DType: a.DType(), Shape: a.Shape(), Bytes: int64(len(header)) + a.Bytes()}
	file, err := os.Create(path)
	if err != nil {
		return s.wrong(err)
	}
	_, err = file.Write(header)
	if err == nil {
		err = file.Truncate(f.Bytes)
	}
	if err != nil {
		return errors.Join(s.wrong(fmt.Errorf("%s of a .npy file: %w", arrays.FormatBytes(f.Bytes), err)), file.Close())
	}
	if err = s.await(ctx, c, func(w *plan.TaskWriter) ([]graph.Index, arrays.Made, error) {
		return arrays.WriteStore(w, a.node, f, s.pc)
	}); err == nil {
		if err = file.Sync(); err != nil {
			err = s.wrong(err)
		}
	}
	return errors.Join(err, file.Close())
}
