package block

import (
	"fmt"
	"math"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// space is a stretch of addresses backed by a file without a name (memfd_create(2)), which other processes can map. Its pages
// hold memory from when they are first touched until they are discarded. The size of /dev/shm does not bound it.
type space struct {
	fd   int
	data []byte

	life   sync.RWMutex // against the use of a descriptor that is closed, whose number may be another's by then
	closed bool
}

// addressRoom returns how many bytes this process can still map by its limit on addresses (ulimit -v, and h_vmem of SGE).
func addressRoom() int64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil || limit.Cur > math.MaxInt64 {
		return math.MaxInt64
	}
	statm, err := os.ReadFile("/proc/self/statm") // its first number is the pages that are mapped
	if err != nil {
		return 0
	}
	var mapped int64
	if _, err := fmt.Sscan(string(statm), &mapped); err != nil {
		return 0
	}
	return max(int64(limit.Cur)-mapped*pageSize, 0)
}

// openSpace maps that many bytes, a multiple of the page size. The file's size is sealed, so that who maps it can rely on
// its pages being there.
func openSpace(bytes int64) (*space, error) {
	if bytes <= 0 || int64(int(bytes)) != bytes {
		return nil, fmt.Errorf("%d bytes are no size of a mapping", bytes)
	}
	fd, err := unix.MemfdCreate("braid-blocks", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("braid-blocks", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	s := &space{fd: fd}
	if err := s.mapAll(bytes); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *space) mapAll(bytes int64) (err error) {
	if err := unix.Ftruncate(s.fd, bytes); err != nil {
		return fmt.Errorf("ftruncate to %d bytes: %w", bytes, err)
	}
	if _, err := unix.FcntlInt(uintptr(s.fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		return fmt.Errorf("seal the size: %w", err)
	}
	if s.data, err = unix.Mmap(s.fd, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_NORESERVE); err != nil {
		return fmt.Errorf("mmap %d bytes: %w", bytes, err)
	}
	return nil
}

func (s *space) bytes(offset, n int64) []byte { return s.data[offset : offset+n : offset+n] }

// discard gives the memory of some pages back to the system: they read as zeros from then on.
func (s *space) discard(offset, n int64) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return ErrClosed
	}
	return retry(func() error {
		return unix.Fallocate(s.fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, offset, n)
	})
}

// protect says what may be done with pages.
func (s *space) protect(offset, n int64, to access) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return ErrClosed
	}
	how := [...]int{noAccess: unix.PROT_NONE, readOnly: unix.PROT_READ, readWrite: unix.PROT_READ | unix.PROT_WRITE}
	return unix.Mprotect(s.data[offset:offset+n], how[to])
}

// identity returns the number of the file's descriptor, and of its inode.
func (s *space) identity() (descriptor uint32, inode uint64, err error) {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return 0, 0, ErrClosed
	}
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(s.fd, &stat) }); err != nil {
		return 0, 0, fmt.Errorf("block: the arena's file: %w", err)
	}
	return uint32(s.fd), stat.Ino, nil
}

func (s *space) close() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.closed = true
	err := unix.Munmap(s.data)
	s.data = nil
	if e := unix.Close(s.fd); err == nil {
		err = e
	}
	return err
}

// retry calls again what a signal has interrupted.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
