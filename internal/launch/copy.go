package launch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/braid-compute/braid/graph"
)

// CopyExecutable writes this process's executable to a new file that only this user may read and run. What is at the path
// already stays, and is an error.
func CopyExecutable(path string) (err error) {
	own, err := Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(own)
	if err != nil {
		return fmt.Errorf("launch: copy the executable: %w", err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o500)
	if err != nil {
		return fmt.Errorf("launch: copy the executable: %w", err)
	}
	_, err = io.Copy(to, from) // by the kernel, where it can
	if err = errors.Join(err, to.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("launch: copy the executable: %w", err)
	}
	return nil
}

// CodeOf returns the content hash of an executable.
func CodeOf(ctx context.Context, path string) (id graph.CodeID, err error) {
	f, err := os.Open(path)
	if err != nil {
		return id, fmt.Errorf("launch: read an executable: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	b := make([]byte, 256<<10)
	for ctx.Err() == nil {
		n, err := f.Read(b)
		h.Write(b[:n])
		if err == io.EOF {
			h.Sum(id[:0])
			return id, nil
		}
		if err != nil {
			return id, fmt.Errorf("launch: read an executable: %w", err)
		}
	}
	return id, fmt.Errorf("launch: hash of %s: %w", path, context.Cause(ctx))
}
