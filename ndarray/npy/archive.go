package npy

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"github.com/braid-compute/braid/ndarray"
)

// DefaultLimit is the most bytes of elements that [Archive.Read] takes: 4 GiB.
const DefaultLimit int64 = 4 << 30

const suffix = ".npy"

// Archive is a .npz file: arrays by name.
type Archive struct {
	files map[string]*zip.File
	names []string
}

// OpenArchive reads the directory of a .npz file of size bytes. The arrays are
// read when they are asked for.
func OpenArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npy: %w: a .npz file is a zip archive: %w", ErrFormat, err)
	}
	a := &Archive{files: map[string]*zip.File{}}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, suffix)
		if !ok {
			continue // NumPy's archives may hold other files
		}
		if a.files[name] != nil {
			return nil, fmt.Errorf("npy: %w: the archive holds %q twice", ErrFormat, f.Name)
		}
		a.files[name] = f
		a.names = append(a.names, name)
	}
	return a, nil
}

// Names returns the arrays' names in the order of the file. Do not write to it.
func (a *Archive) Names() []string { return a.names }

// Offset returns where in the file an array's bytes begin, which are those of a .npy file, if they are stored without compression;
// otherwise −1.
func (a *Archive) Offset(name string) (int64, error) {
	f := a.files[name]
	if f == nil {
		return 0, fmt.Errorf("npy: no array %q in the archive; it holds %q", name, a.names)
	}
	if f.Method != zip.Store {
		return -1, nil
	}
	return f.DataOffset()
}

// Read reads one array of at most [DefaultLimit] bytes.
func (a *Archive) Read(name string) (ndarray.Untyped, error) {
	return a.ReadLimit(name, DefaultLimit)
}

// ReadLimit is Read with another limit in bytes; a negative one means none.
func (a *Archive) ReadLimit(name string, limit int64) (ndarray.Untyped, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("npy: no array %q in the archive; it holds %q", name, a.names)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("npy: array %q: %w: %w", name, ErrFormat, err)
	}
	u, err := readMember(r, limit)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("npy: array %q: %w", name, err)
	}
	return u, nil
}

// readMember reads a file of an archive to its end, where the archive's reader
// compares checksums.
func readMember(r io.Reader, limit int64) (ndarray.Untyped, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && h.Bytes() > limit {
		return nil, fmt.Errorf("%d bytes of elements are above the limit of %d: raise it with ReadLimit if the source is trusted", h.Bytes(), limit)
	}
	u, err := readElements(r, h)
	if err != nil {
		return nil, err
	}
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return nil, fmt.Errorf("%w: more bytes than shape %v of %v has", ErrFormat, h.Shape, h.DType)
	case err != io.EOF:
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return u, nil
}

// ArchiveWriter writes a .npz file. Close it to complete the file.
type ArchiveWriter struct {
	zip   *zip.Writer
	names map[string]bool
}

// NewArchiveWriter returns a writer of a .npz file to w.
func NewArchiveWriter(w io.Writer) *ArchiveWriter {
	return &ArchiveWriter{zip.NewWriter(w), map[string]bool{}}
}

// Store adds an array as it is, as numpy.savez does.
func (a *ArchiveWriter) Store(name string, u ndarray.Untyped) error {
	return a.add(name, u, zip.Store)
}

// Deflate adds an array compressed, as numpy.savez_compressed does.
func (a *ArchiveWriter) Deflate(name string, u ndarray.Untyped) error {
	return a.add(name, u, zip.Deflate)
}

func (a *ArchiveWriter) add(name string, u ndarray.Untyped, method uint16) error {
	if name == "" || a.names[name] {
		return fmt.Errorf("npy: array name %q is empty or in the archive already: give each array a name of its own", name)
	}
	a.names[name] = true
	// Without a time of change, equal arrays make equal archives.
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name + suffix, Method: method})
	if err != nil {
		return fmt.Errorf("npy: array %q: %w", name, err)
	}
	if err := Write(w, u); err != nil {
		return fmt.Errorf("npy: array %q: %w", name, err)
	}
	return nil
}

// Close writes the directory. It does not close the writer below.
func (a *ArchiveWriter) Close() error {
	if err := a.zip.Close(); err != nil {
		return fmt.Errorf("npy: closing the archive: %w", err)
	}
	return nil
}
