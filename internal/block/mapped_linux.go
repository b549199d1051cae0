package block

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Mapped is a stretch of another process's arena. Only the pages of that stretch are mapped, so it costs this process no addresses beyond
// its bytes, which a limit may bound.
type Mapped struct {
	pages []byte
	first int64 // byte of the pages
	bytes int64
}

// MapLoan maps what another process lends to this one, until Close. What is written to it is this process's own: nobody else sees it.
func MapLoan(l Loan) (*Mapped, error) {
	return mapStretch(l, os.O_RDONLY, unix.MAP_PRIVATE|unix.MAP_NORESERVE)
}

// MapRoom maps room that another process gives to this one, to be filled before Close.
func MapRoom(l Loan) (*Mapped, error) {
	m, err := mapStretch(l, os.O_RDWR, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err == nil {
		// All of it will be written to: one call instead of a fault for each page. Linux before 5.14 has no such call.
		_ = unix.Madvise(m.pages, unix.MADV_POPULATE_WRITE)
	}
	return m, err
}

func mapStretch(l Loan, open, how int) (*Mapped, error) {
	f, size, err := openArena(l.Arena, open)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkRef(l.Ref, size); err != nil {
		return nil, err
	}
	first := l.Offset / pageSize * pageSize
	pages, err := unix.Mmap(int(f.Fd()), first, int(l.Offset+l.Bytes-first), unix.PROT_READ|unix.PROT_WRITE, how)
	if err != nil {
		return nil, fmt.Errorf("block: map %d bytes of another process's arena: %w", l.Bytes, err)
	}
	return &Mapped{pages, l.Offset - first, l.Bytes}, nil
}

// Bytes returns the memory.
func (m *Mapped) Bytes() []byte { return m.pages[m.first:][:m.bytes:m.bytes] }

// Close unmaps it. Whoever touches it afterwards is stopped.
func (m *Mapped) Close() error { return unix.Munmap(m.pages) }
