package console

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plural is a number and its noun.
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Grouped(n) + " " + noun + "s"
}

// IsAre is a number, its noun and its verb.
func IsAre(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return Grouped(n) + " " + noun + "s were"
}

// Grouped writes a number with its thousands apart, from five digits on.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 10_000 {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Span writes a time for people.
func Span(nanos int64) string {
	d := time.Duration(nanos)
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(time.Second / 10).String()
	}
	return time.Duration(math.Round(d.Seconds()) * 1e9).String()
}

// ParseSize reads a number of bytes with a unit, as in 512M.
func ParseSize(flag, text string) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	shift := 0
	if i := slices.Index([]byte("KMGT"), last(number)); i >= 0 {
		shift, number = 10*(i+1), number[:len(number)-1]
	}
	v, err := strconv.ParseFloat(number, 64)
	bytes := math.Ldexp(v, shift)
	if err != nil || !(bytes >= 1) || bytes > 1<<60 {
		return 0, UsageError{fmt.Sprintf("--%s=%s is no number of bytes", flag, text), "write it as in 800K, 512M or 1.5G, in powers of 1024"}
	}
	return int64(bytes), nil
}

// last is the last byte of a text, or 0.
func last(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

// mostCommand bounds the text of a command in a line.
const mostCommand = 200

// Shortened cuts a text for a line.
func Shortened(text string) string {
	if len(text) > mostCommand {
		return strings.ToValidUTF8(text[:mostCommand], "") + "..."
	}
	return text
}

// Buffered collects many short lines.
func Buffered(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, 1<<16) }
