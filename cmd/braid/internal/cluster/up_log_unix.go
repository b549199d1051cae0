//go:build unix

package cluster

import (
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// logName is the name of the log in the folder of a cluster; the older half of it has ".1" behind.
const logName = "log"

const (
	mostLog     = 4 << 20  // bytes of each half of the log
	mostKeptLog = 16 << 10 // bytes that are kept until there is a file
)

// logFile is a log of bounded size: when the file is full it becomes the older half, and another is begun. What cannot be written,
// because the disk is full, is lost.
type logFile struct {
	mu    sync.Mutex
	path  string
	file  *os.File // nil until there is one
	size  int
	early []byte // what was written before that
}

// open begins the file.
func (l *logFile) open(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.path = path
	if err := l.begin(); err != nil {
		return err
	}
	l.write(l.early)
	l.early = nil
	return nil
}

// begin makes an empty file. Called with mu held.
func (l *logFile) begin() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file, l.size = f, 0
	_ = debug.SetCrashOutput(f, debug.CrashOptions{}) // of this process; it has no other place to be seen
	return nil
}

// Write writes lines, with the time before them.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := append(time.Now().AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00 "), p...)
	if l.file == nil {
		if len(l.early)+len(line) <= mostKeptLog {
			l.early = append(l.early, line...)
		}
		return len(p), nil
	}
	if l.size+len(line) > mostLog {
		_ = os.Rename(l.path, l.path+".1")
		if err := l.begin(); err != nil {
			l.size = 0 // it goes on in the old one
		}
	}
	l.write(line)
	return len(p), nil
}

// write writes to the file. Called with mu held.
func (l *logFile) write(p []byte) {
	n, _ := l.file.Write(p) // nobody could be told of an error
	l.size += n
}

// kept returns what was written before there was a file.
func (l *logFile) kept() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.early)
}

// Close ends the log.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
