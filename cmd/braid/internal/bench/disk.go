package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// plainFiles are files without checksums or anything else around them: the disk's own speed.
type plainFiles struct{ folder string }

func openPlainFiles(scratch string) (plainFiles, error) {
	folder, err := os.MkdirTemp(scratch, "braid-bench-")
	return plainFiles{folder}, err
}

func (p plainFiles) path(n int64) string { return filepath.Join(p.folder, fmt.Sprint(n)) }

func (p plainFiles) write(ctx context.Context, n int64, data []byte) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return os.WriteFile(p.path(n), data, 0o600)
}

func (p plainFiles) read(ctx context.Context, n int64, data []byte) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f, err := os.Open(p.path(n))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.ReadAt(data, 0)
	return err
}

func (p plainFiles) remove() { os.RemoveAll(p.folder) }

// writeAndRead writes files one after the other and reads all of them twice, and returns how long that takes. With uncached, files are
// synced before each reading and not in the system's cache then, and the syncing counts.
func writeAndRead(ctx context.Context, scratch string, files, size int64, uncached bool) (seconds float64, err error) {
	p, err := openPlainFiles(scratch)
	if err != nil {
		return 0, err
	}
	defer p.remove()
	data := make([]byte, size)
	fillBytes(data)
	start := time.Now()
	for n := range files {
		if err := p.write(ctx, n, data); err != nil {
			return 0, err
		}
	}
	for range 2 {
		if uncached {
			if err := dropCached(ctx, p.folder); err != nil {
				return 0, err
			}
		}
		for n := range files {
			if err := p.read(ctx, n, data); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(start).Seconds(), nil
}

// dropCached syncs the files that match a folder's name or pattern and takes them out of the system's cache.
func dropCached(ctx context.Context, folder string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "[0-9]*"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = errors.Join(f.Sync(), dropPages(f), f.Close())
		if err != nil {
			return fmt.Errorf("take %s out of the cache: %w", path, err)
		}
	}
	return nil
}
