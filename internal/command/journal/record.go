package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// Version is that of the format which this package reads and writes.
const Version = 1

// Header is the first line of a journal, which says what it is.
const Header = "braid map journal 1\n"

// MaxLine bounds the bytes of a line, its line feed included.
const MaxLine = 1024

// maxArgs bounds what a line says of the arguments, which is for people only.
const maxArgs = 512

// Key identifies a task by what it runs on what.
type Key [16]byte

// NewKey makes the key of a task out of parts, whose borders count.
func NewKey(parts ...string) Key {
	h := sha256.New()
	var text []byte
	for _, p := range parts {
		text = append(binary.AppendUvarint(text[:0], uint64(len(p))), p...)
		h.Write(text)
	}
	var k Key
	copy(k[:], h.Sum(nil))
	return k
}

// Copy returns the key of the nth task that is like the one of this key; the 0th is that one.
func (k Key) Copy(n uint32) Key {
	if n == 0 {
		return k
	}
	return NewKey(string(k[:]), strconv.FormatUint(uint64(n), 10))
}

func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Span is a piece of the file of outputs.
type Span struct{ Offset, Length int64 }

// Record says how a task ended.
type Record struct {
	Key      Key
	Task     int64  // its number in the run
	Code     int    // exit code, -1 if there is none
	Signal   int    // that ended it, or 0
	Why      string // why braid ended it or could not start it: one word, or ""
	Attempts int
	Ended    int64 // ms since 1970
	Wall     int64 // µs from its start to its end, of the last attempt
	CPU      int64 // µs of user and system time
	Peak     int64 // bytes of memory that its largest process had at once; 0 if unknown
	Read     int64 // bytes from disks; 0 if none or unknown
	Written  int64 // bytes to disks; 0 if none or unknown
	Cut      int64 // bytes of output that were not kept
	Stdout   Span
	Stderr   Span
	Args     []string // for people; shortened
}

// OK reports whether the task did what it should.
func (r *Record) OK() bool { return r.Code == 0 && r.Signal == 0 && r.Why == "" }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendLine appends the record's line, without a key if that is zero.
func (r *Record) AppendLine(b []byte) []byte {
	begin := len(b)
	b = append(b, "end"...)
	if r.Key != (Key{}) {
		b = append(b, " key="...)
		b = hex.AppendEncode(b, r.Key[:])
	}
	number := func(name string, v int64) {
		b = append(append(append(b, ' '), name...), '=')
		b = strconv.AppendInt(b, v, 10)
	}
	optional := func(name string, v int64) {
		if v != 0 {
			number(name, v)
		}
	}
	number("task", r.Task)
	number("exit", int64(r.Code))
	optional("signal", int64(r.Signal))
	if r.Why != "" {
		b = append(append(b, " why="...), word(r.Why)...)
	}
	if r.Attempts != 1 {
		number("attempts", int64(r.Attempts))
	}
	number("ended_ms", r.Ended)
	number("wall_us", r.Wall)
	number("cpu_us", r.CPU)
	optional("peak", r.Peak)
	optional("read", r.Read)
	optional("written", r.Written)
	optional("cut", r.Cut)
	b = appendSpan(b, " out=", r.Stdout)
	b = appendSpan(b, " err=", r.Stderr)
	b = appendArgs(b, r.Args)
	return seal(b, begin)
}

// seal ends a line with its checksum.
func seal(b []byte, begin int) []byte {
	sum := crc32.Checksum(b[begin:], castagnoli)
	b = append(b, " crc="...)
	return append(fmt.Appendf(b, "%08x", sum), '\n')
}

func appendSpan(b []byte, name string, s Span) []byte {
	if s.Length == 0 {
		return b
	}
	b = strconv.AppendInt(append(b, name...), s.Offset, 10)
	return strconv.AppendInt(append(b, '+'), s.Length, 10)
}

// appendArgs appends the arguments between quotes, as many as there is room for, and "…" if there are more.
func appendArgs(b []byte, args []string) []byte {
	room := maxArgs
	for _, a := range args {
		short := a[:min(len(a), room/2)]
		quoted := strconv.AppendQuoteToASCII(nil, short)
		for len(quoted)+1 > room && len(short) > 8 { // escapes need up to six bytes for one
			short = short[:len(short)/2]
			quoted = strconv.AppendQuoteToASCII(nil, short)
		}
		if len(quoted)+1 > room {
			return append(b, " ..."...)
		}
		room -= len(quoted) + 1
		b = append(append(b, ' '), quoted...)
		if len(short) < len(a) {
			return append(b, "..."...)
		}
	}
	return b
}

// word makes a text one that can stand in a line.
func word(s string) string {
	out := []byte(s[:min(len(s), 32)])
	for i, c := range out {
		if c <= ' ' || c >= 0x7f || c == '=' {
			out[i] = '-'
		}
	}
	return string(out)
}

// AppendRun appends the line with which a run begins: when, and what it runs, shortened.
func AppendRun(b []byte, began int64, command string) []byte {
	begin := len(b)
	b = strconv.AppendInt(append(b, "run began_ms="...), began, 10)
	b = appendArgs(b, []string{command})
	return seal(b, begin)
}

// AppendNote appends a line of another kind: a word, when, in ms since 1970, and what, for people, shortened.
func AppendNote(b []byte, kind string, at int64, what ...string) []byte {
	begin := len(b)
	b = append(append(b, word(kind)...), " at_ms="...)
	b = strconv.AppendInt(b, at, 10)
	b = appendArgs(b, what)
	return seal(b, begin)
}

// errDamaged is the error of a line that is not as it was written.
var errDamaged = errors.New("the line is damaged")

// ParseLine reads a line without its line feed. Fields that it does not know are left out, and so is what is for people.
// ok is false for a sound line of another kind.
func ParseLine(line []byte) (r Record, ok bool, err error) {
	kind, err := r.Parse(line)
	if kind != "end" {
		return Record{}, false, err
	}
	if err == nil && r.Key == (Key{}) {
		err = errDamaged
	}
	return r, err == nil, err
}

// Parse reads a line of any kind without its line feed and returns the kind, its first word. Of a line that says how a task ended the
// fields are set that it has; others, and what is for people, are left out. Of other lines it is only the time.
func (r *Record) Parse(line []byte) (kind string, err error) {
	*r = Record{Attempts: 1}
	i := bytes.LastIndex(line, []byte(" crc="))
	if i < 0 || len(line)-i != len(" crc=")+8 || len(line) >= MaxLine {
		return "", errDamaged
	}
	var sum [4]byte
	if _, err := hex.Decode(sum[:], line[i+len(" crc="):]); err != nil || binary.BigEndian.Uint32(sum[:]) != crc32.Checksum(line[:i], castagnoli) {
		return "", errDamaged
	}
	first, rest, _ := bytes.Cut(line[:i], []byte(" "))
	if string(first) != "end" {
		if at, ok := bytes.CutPrefix(rest, []byte("at_ms=")); ok {
			at, _, _ = bytes.Cut(at, []byte(" "))
			r.Ended, err = parseInt(at)
		}
		return string(first), err
	}
	for len(rest) > 0 && rest[0] != '"' && rest[0] != '.' {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, []byte(" "))
		name, value, found := bytes.Cut(pair, []byte("="))
		if !found {
			return "end", errDamaged
		}
		if err := r.set(string(name), value); err != nil {
			return "end", err
		}
	}
	return "end", nil
}

// set takes over the value of a field.
func (r *Record) set(name string, value []byte) error {
	var number *int64
	var small int64
	switch name {
	case "task":
		number = &r.Task
	case "exit", "signal", "attempts":
		number = &small
	case "ended_ms":
		number = &r.Ended
	case "wall_us":
		number = &r.Wall
	case "cpu_us":
		number = &r.CPU
	case "peak":
		number = &r.Peak
	case "read":
		number = &r.Read
	case "written":
		number = &r.Written
	case "cut":
		number = &r.Cut
	case "key":
		n, err := hex.Decode(r.Key[:], value[:min(len(value), 2*len(r.Key))])
		if err != nil || n != len(r.Key) || len(value) != 2*n {
			return errDamaged
		}
		return nil
	case "why":
		r.Why = string(value)
		return nil
	case "out":
		return parseSpan(value, &r.Stdout)
	case "err":
		return parseSpan(value, &r.Stderr)
	default:
		return nil
	}
	v, err := parseInt(value)
	if err != nil {
		return err
	}
	*number = v
	switch name {
	case "exit":
		r.Code = int(int32(v))
	case "signal":
		r.Signal = int(int32(v))
	case "attempts":
		r.Attempts = int(int32(v))
	}
	return nil
}

func parseSpan(value []byte, s *Span) error {
	offset, length, ok := bytes.Cut(value, []byte("+"))
	a, err := parseInt(offset)
	b, errb := parseInt(length)
	if !ok || err != nil || errb != nil || a < 0 || b < 0 {
		return errDamaged
	}
	*s = Span{a, b}
	return nil
}

// parseInt reads a decimal number of at most 18 digits.
func parseInt(b []byte) (v int64, err error) {
	digits, negative := bytes.CutPrefix(b, []byte("-"))
	if len(digits) == 0 || len(digits) > 18 {
		return 0, errDamaged
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, errDamaged
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		v = -v
	}
	return v, nil
}
