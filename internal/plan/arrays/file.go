package arrays

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// File is an array on disk, which every process finds under the same path. Tasks read what they need of it and no more.
type File struct {
	Path      string
	Offset    int64 // of the first element
	DType     ndarray.DType
	Shape     []int
	Fortran   bool // the first axis is contiguous
	BigEndian bool
	Bytes     int64 // of the whole file, and
	Modified  int64 // when it was written last, in nanoseconds: another file is refused; 0 for one that is being written
}

// Filed returns an array on disk.
func Filed(name string, site uintptr, f *File, g Grid) *Node {
	n := newNode(filed, name, site, f.DType, g)
	n.file = f
	return n
}

func (f *File) check() error {
	n, err := ndarray.Size(f.Shape...)
	switch {
	case err != nil:
		return err
	case !f.DType.Valid() || f.Offset < 0 || f.Bytes-f.Offset < int64(n)*int64(f.DType.Size()):
		return fmt.Errorf("%s: %d bytes hold no array of %v and shape %v from byte %d on", f.Path, f.Bytes, f.DType, f.Shape, f.Offset)
	}
	return nil
}

// open opens the file, which must be the one that the client saw.
func (f *File) open(flag int) (*os.File, error) {
	file, err := os.OpenFile(f.Path, flag, 0)
	if err != nil {
		return nil, fmt.Errorf("%w (tasks read and write arrays where they run: workers must see the same folder)", err)
	}
	info, err := file.Stat()
	if err == nil && (info.Size() != f.Bytes || f.Modified != 0 && info.ModTime().UnixNano() != f.Modified) {
		err = fmt.Errorf("%s is not the file that it was when the array was made: it has %d bytes, of %v; make the array again", f.Path, info.Size(), info.ModTime())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// runs calls f with every run of bytes that a window takes, in the order of the elements in the file.
func (f *File) runs(w window, do func(at int64, n int) error) error {
	shape, from, size := slices.Clone(f.Shape), slices.Clone(w.from), slices.Clone(w.size)
	if f.Fortran {
		slices.Reverse(shape)
		slices.Reverse(from)
		slices.Reverse(size)
	}
	run := f.DType.Size()
	last := len(shape)
	for last > 0 && size[last-1] == shape[last-1] { // whole axes lie together
		last--
		run *= size[last]
	}
	if last > 0 { // and so does a part of the next one
		last--
		run *= size[last]
	}
	step := steps(shape)
	outer := size[:last]
	count := 1
	for _, n := range outer {
		count *= n
	}
	axes := make([]int, len(outer))
	for i := range axes {
		axes[i] = i
	}
	for i := range count {
		at := 0
		for k, x := range unravel(i, outer, axes) {
			at += (from[k] + x) * step[k]
		}
		for k := last; k < len(shape); k++ {
			at += from[k] * step[k]
		}
		if err := do(f.Offset+int64(at)*int64(f.DType.Size()), run); err != nil {
			return err
		}
	}
	return nil
}

// read returns a window of the array.
func (f *File) read(w window) (u ndarray.Untyped, err error) {
	file, err := f.open(os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size := slices.Clone(w.size)
	if f.Fortran {
		slices.Reverse(size)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if f.BigEndian {
		order = binary.BigEndian
	}
	var parts []io.Reader
	if err := f.runs(w, func(at int64, n int) error {
		parts = append(parts, io.NewSectionReader(file, at, int64(n)))
		return nil
	}); err != nil {
		return nil, err
	}
	r := io.MultiReader(parts...)
	if len(parts) == 1 {
		r = parts[0]
	}
	if u, err = ndarray.ReadRaw(r, order, f.DType, size...); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if !f.Fortran {
		return u, nil
	}
	l, err := u.Layout().Transpose()
	if err != nil {
		return nil, err
	}
	return ndarray.View(u, l)
}

// write puts a chunk where it belongs.
func (f *File) write(u ndarray.Untyped, from []int) (err error) {
	file, err := f.open(os.O_WRONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data := ndarray.AppendRaw(nil, u)
	return f.runs(window{from, u.Shape()}, func(at int64, n int) error {
		_, err := file.WriteAt(data[:n], at)
		data = data[n:]
		return err
	})
}

// StoreOrder is what tasks do that write chunks into a file, which is there and long enough.
type StoreOrder struct {
	File File
	Grid Grid
}

// WriteStore writes the tasks that write an array into a file, and returns them, and those that run functions of the program's. The site is
// that of the user's line that asks for it.
func WriteStore(w *plan.TaskWriter, n *Node, f *File, site uintptr) ([]graph.Index, Made, error) {
	chunks, made, err := Write(w, n)
	if err != nil {
		return nil, nil, err
	}
	call, err := w.Call(opStore, site, 8)
	if err != nil {
		return nil, nil, err
	}
	order, column := w.Graph.Literal(&StoreOrder{*f, n.Grid}), w.Graph.Literal(numbers(len(chunks[0]))).Table()
	wants := make([]graph.Index, len(chunks[0]))
	for k, i := range chunks[0] {
		wants[k] = w.Graph.Add(call, order, graph.ItemRef(column, uint32(k)), graph.OutputRef(i, 0))
	}
	return wants, made, nil
}

// runStore writes one chunk: its arguments are the order, the number of the chunk, and the chunk. Its result is the number.
func runStore(ctx context.Context, in []any) (any, error) {
	if len(in) != 3 {
		return nil, errArguments
	}
	o, err := argument[*StoreOrder](in[0])
	if err != nil {
		return nil, err
	}
	number, err := argument[int64](in[1])
	if err != nil {
		return nil, err
	}
	if err := errors.Join(o.Grid.check(), o.File.check()); err != nil {
		return nil, err
	}
	chunks, err := chunkList(in[2], o.File.DType)
	if err != nil {
		return nil, err
	}
	if len(chunks) != 1 || number < 0 || number >= int64(o.Grid.Count()) || !slices.Equal(o.Grid.Shape(), o.File.Shape) {
		return nil, errArguments
	}
	origin, shape := o.Grid.Chunk(int(number))
	if err := (&Input{DType: o.File.DType}).checkChunk(chunks[0], shape); err != nil {
		return nil, err
	}
	return number, o.File.write(chunks[0], origin)
}
